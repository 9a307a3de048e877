"""What a browser would send of a form."""

from html.parser import HTMLParser


class _Form(HTMLParser):
    """Collects the fields of the first form with this id."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.repeated: dict[str, list[str]] = {}  # all values of each name
        self._form_id = form_id
        self._inside = False
        self._select = self._area = ""
        self._chosen = False  # an option of the select at hand is

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self._inside = given.get("id") == self._form_id
        elif not self._inside:
            return
        elif tag == "input" and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self.fields[name] = given.get("value", "")
            self.repeated.setdefault(name, []).append(given.get("value", ""))
        elif tag == "select":
            self._select = name
            self._chosen = False
        elif tag == "option" and self._select:
            self._option(given)
        elif tag == "textarea":
            self._area = name
            self.fields[name] = ""

    def _option(self, given: dict[str, str]) -> None:
        """The first is chosen until one says that it is."""
        value = given.get("value", "")
        if "selected" in given or self._select not in self.fields:
            self.fields[self._select] = value
        if not self._chosen:
            self.repeated.setdefault(self._select, []).append(value)
            self._chosen = True
        elif "selected" in given:
            self.repeated[self._select][-1] = value

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""


def form_fields(html: str, form_id: str) -> dict[str, str]:
    """The fields of a form as they are, by name."""
    form = _Form(form_id)
    form.feed(html)
    return form.fields


def repeated_fields(html: str, form_id: str) -> dict[str, list[str]]:
    """The same where a form has several fields of one name."""
    form = _Form(form_id)
    form.feed(html)
    return form.repeated
