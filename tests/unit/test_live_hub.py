"""The live stream's hub: every page of one operator, none of another's, and nobody waits for a slow one."""

from telemarket.core.i18n import Translator, translator
from telemarket.desk.live import BACKLOG, Connection, LiveHub

UK, EN = translator("uk"), translator("en")


async def test_every_page_gets_the_message_rendered_once_a_language() -> None:
    hub, rendered = LiveHub(), []
    pages = [Connection(1, UK), Connection(1, UK), Connection(1, EN)]
    stranger = Connection(2, UK)
    assert [hub.add(page) for page in (*pages, stranger)] == [True, False, False, True]

    def render(text: Translator) -> str:
        rendered.append(text)
        return text.language

    assert hub.send(1, render)
    assert [await page.get() for page in pages] == ["uk", "uk", "en"]
    assert rendered == [UK, EN]
    assert hub.translators() == {UK, EN}
    stranger.end()
    assert await stranger.get() is None, "nothing reached the other operator"


def test_nothing_is_rendered_for_an_operator_without_a_page() -> None:
    def render(text: Translator) -> str:
        raise AssertionError(f"rendered in {text.language}")

    assert not LiveHub().send(1, render)


def test_the_last_page_is_told_from_the_others() -> None:
    hub, first, second = LiveHub(), Connection(1, UK), Connection(1, UK)
    hub.add(first)
    hub.add(second)
    assert not hub.remove(first)
    assert hub.remove(second)
    assert hub.add(first), "and he may come back"


async def test_a_page_too_slow_is_cut_off_and_costs_the_others_nothing() -> None:
    hub, slow, quick = LiveHub(), Connection(1, UK), Connection(1, UK)
    hub.add(slow)
    hub.add(quick)
    for number in range(BACKLOG + 5):
        hub.send(1, (str(number) + "{0.language}").format)
        assert await quick.get() == f"{number}uk"
    assert await slow.get() is None
    assert slow.cut
