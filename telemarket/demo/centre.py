"""The demonstration's call centre: an insurance company's projects, people and lists."""

import msgspec

from telemarket.calls.plan import Plan
from telemarket.demo import hotline

PASSWORD = "telemarket"  # noqa: S105 - printed at every start: the demonstration listens on loopback only


class ProjectPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A project, its numbers, who serves it and what its callers ask about."""

    number: str
    name: str
    dnis: tuple[str, ...]
    operators: tuple[str, ...]  # logins
    topics: tuple[str, ...]
    plan: Plan = Plan()


class PersonPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who signs in."""

    login: str
    name: str
    role: str = "operator"
    skills: dict[str, int] = {}


PEOPLE = (
    PersonPlan(login="olena", name="Олена Ковальчук", skills={"english": 80}),
    PersonPlan(login="taras", name="Тарас Мельник", skills={"english": 30}),
    PersonPlan(login="iryna", name="Ірина Шевчук"),
    PersonPlan(login="maksym", name="Максим Бойко"),
    PersonPlan(login="svitlana", name="Світлана Ткаченко", role="senior"),
    PersonPlan(login="natalia", name="Наталія Гриценко", role="supervisor"),
)
OPERATORS = tuple(person for person in PEOPLE if person.role != "supervisor")

HULL = ProjectPlan(
    number="077",
    name="Страхування КАСКО",
    dnis=("0800300077", "0442300077"),
    operators=("olena", "taras", "iryna", "maksym", "svitlana"),
    topics=(
        "Розрахунок вартості КАСКО",
        "Оформлення поліса",
        "Страховий випадок",
        "Евакуатор",
        "Стан справи про виплату",
        "Зміна умов договору",
        "Поновлення договору",
    ),
)
MEDICAL = ProjectPlan(
    number="078",
    name="ДМС: медичний асистанс",
    dnis=("0800300078", "0442300078"),
    operators=("olena", "iryna", "svitlana"),
    topics=(
        "Запис до лікаря",
        "Виклик лікаря додому",
        "Госпіталізація",
        "Медикаменти",
        "Стоматологія",
        "Залишок ліміту",
        "Гарантійний лист",
    ),
)
LIABILITY = ProjectPlan(
    number="079",
    name="ОСЦПВ та «Зелена картка»",
    dnis=("0800300079", "0442300079"),
    operators=("olena", "taras", "maksym"),
    topics=(
        "Розрахунок вартості ОСЦПВ",
        "Електронний поліс",
        "«Зелена картка»",
        "ДТП: європротокол",
        "Зміна даних у полісі",
        "Дострокове припинення",
    ),
)
HOTLINE = ProjectPlan(
    number=hotline.NUMBER,
    name="Гаряча лінія",
    dnis=("0800300080", "0442300080"),
    operators=("olena", "taras"),
    topics=("Загальне питання", "Скарга на обслуговування", "Адреси та графік роботи"),
    plan=hotline.HOTLINE_PLAN,
)
PROJECTS = (HULL, MEDICAL, LIABILITY, HOTLINE)

CATEGORIES = ("Консультація", "Продаж", "Страховий випадок", "Обслуговування договору", "Скарга", "Подяка")
ACTIONS = (
    "Передзвонити",
    "Надіслати розрахунок",
    "Надіслати документи",
    "Передати консультанту",
    "Погодити з клінікою",
    "Замовити медикаменти",
    "Викликати аварійного комісара",
)
SOURCES = (
    "Реклама на радіо",
    "Інтернет",
    "Рекомендація знайомих",
    "Банк-партнер",
    "Автосалон",
    "Роботодавець",
    "Повторне звернення",
)
PAUSES = ("Обід", "Перерва", "Навчання", "Нарада", "Робота з документами", "Технічна перерва")
