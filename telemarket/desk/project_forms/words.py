"""Words of the forms that are no labels of fields."""

from telemarket.calls.plan import OverflowWhen
from telemarket.core.i18n import N_

WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
OVERFLOW_WHEN = {
    OverflowWhen.CLOSED: N_("outside working hours"),
    OverflowWhen.NO_OPERATORS: N_("nobody is on shift"),
    OverflowWhen.FULL: N_("the queue is full"),
    OverflowWhen.WAITED: N_("the caller has waited"),
}
MENU_WAYS = {"then": N_("then"), "otherwise": N_("if nothing fits")}
CHANGES = {
    "project.add": N_("added the project"),
    "project.change": N_("changed"),
    "project.operators": N_("changed the operators"),
}
