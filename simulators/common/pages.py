"""The pages people see. Plain functions from data to HTML; every value is escaped where it enters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from simulators.common.faults import Fault

STYLE = (Path(__file__).parent / "style.css").read_bytes()

#: The home page's buttons for a user: an action of Control, its text, its class.
USER_BUTTONS = (
    ("expire", "Expire access tokens", ""),
    ("kill-refresh", "Kill refresh tokens", ""),
    ("deauthorize", "Remove the app", "danger"),
)


@dataclass(frozen=True)
class Brand:
    """Whose pages these are: `Zoom`, and the hosts that the simulator stands in for."""

    name: str
    hosts: str = ""

    def page(self, title: str, content: str, wide: bool = False) -> str:
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(title)} · {escape(self.name)} (simulator)</title>"
            '<link rel="stylesheet" href="/style.css"></head>'
            f"<body><main{' class=wide' if wide else ''}>"
            f'<p class="brand">{escape(self.name)} <span>(simulator)</span></p>{content}</main></body></html>'
        )

    def home(
        self, faults: list[Fault], people: Iterable[str], meetings: str, meeting_count: int, more: str = ""
    ) -> str:
        """`people` are cards, `meetings` is a table."""
        switched = ", ".join(f"{fault.kind} on {fault.on}" for fault in faults) or "everything works"
        return self.page(
            "Home",
            f"<h1>The {escape(self.name)} simulator</h1>"
            f"<p>A stand-in for {escape(self.hosts)} on this machine."
            f' Right now: <strong>{escape(switched)}</strong>.</p><div class="row">'
            f"{button('/switches/down', f'{self.name} is down (503)')}{button('/switches/slow', 'Slow (3 s)')}"
            f"{button('/switches/normal', 'Back to normal')}</div>"
            f'<h2>Users</h2><div class="users">{"".join(people)}</div>'
            f"{more}<h2>Meetings ({meeting_count})</h2>{meetings}",
            wide=True,
        )


def hidden_fields(values: dict[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in values.items()
    )


def people_choice(people: Iterable[tuple[str, str, str]], chosen: str = "") -> str:
    """Radio buttons of (id, name, detail); the first is preselected, unless another is."""
    listed = list(people)
    chosen = chosen or (listed[0][0] if listed else "")
    return "".join(
        f'<label class="choice"><input type="radio" name="user" value="{escape(user_id)}" required'
        f"{' checked' if user_id == chosen else ''}><span>{escape(name)}<small>{escape(detail)}</small></span></label>"
        for user_id, name, detail in listed
    )


def scope_boxes(scopes: Iterable[tuple[str, str]], ticked: bool = True) -> str:
    """Boxes of (scope, what it means)."""
    return "".join(
        f'<label class="choice"><input type="checkbox" name="scope" value="{escape(scope)}"'
        f"{' checked' if ticked else ''}><span>{escape(text)}<small>{escape(scope)}</small></span></label>"
        for scope, text in scopes
    )


def user_card(user_id: str, name: str, detail: str, state: str, has_grant: bool) -> str:
    buttons = "".join(
        button(f"/switches/users/{user_id}/{action}", text, kind) for action, text, kind in USER_BUTTONS if has_grant
    )
    return (
        f'<div class="card"><strong>{escape(name)}</strong> <small>{escape(detail)}</small>'
        f'<p>{escape(state)}</p><div class="row">{buttons}</div></div>'
    )


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """`rows` are HTML already."""
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    if not body:
        return '<p class="quiet">None yet.</p>'
    heads = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    return f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def link(url: str, text: str) -> str:
    return f'<a href="{escape(url)}">{escape(text)}</a>'


def button(path: str, text: str, kind: str = "") -> str:
    return f'<form method="post" action="{escape(path)}"><button class="{kind}">{escape(text)}</button></form>'
