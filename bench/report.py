"""What a run found: a table and its targets, as text, as Markdown for `RESULTS.md`, and as a plot."""

import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One line of a table: a kind of work and its figure for each contender."""

    name: str
    cells: dict[str, float]


@dataclass(frozen=True)
class Section:
    """One benchmark. `targets` are (what, measured, at least), or at most where `at_most` names it."""

    title: str
    rows: list[Row]
    targets: list[tuple[str, float, float]] = field(default_factory=list)
    at_most: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def reached(self, target: tuple[str, float, float]) -> bool:
        name, measured, bound = target
        return measured <= bound if name in self.at_most else measured >= bound


def markdown(sections: list[Section]) -> str:
    """The whole run, with date and machine."""
    lines = [
        "# Results",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {machine()}. Medians of interleaved rounds; 0 % errors.",
        "",
    ]
    for section in sections:
        lines += [f"## {section.title}", ""]
        names = list(dict.fromkeys(name for row in section.rows for name in row.cells))
        lines += ["| work | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
        for row in section.rows:
            lines.append(f"| {row.name} | " + " | ".join(_figure(row.cells.get(name)) for name in names) + " |")
        if section.targets:
            lines += ["", "| ratio or limit | measured | target | reached |", "|---|---:|---:|---|"]
            for target in section.targets:
                sign = "≤" if target[0] in section.at_most else "≥"
                reached = "yes" if section.reached(target) else "**no**"
                lines.append(f"| {target[0]} | {target[1]:.2f} | {sign} {target[2]:g} | {reached} |")
        lines += ["", *(f"{note}\n" for note in section.notes)]
    return "\n".join(lines).rstrip() + "\n"


def machine() -> str:
    """Processor, cores, system and Python, in one phrase."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    cores = Path("/proc/cpuinfo").read_text().count("processor\t:")
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    return f"{model}, {cores} cores, {system}, Python {platform.python_version()}"


def plot(sections: list[Section], path: Path) -> None:
    """One bar chart a section, contenders side by side."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(len(sections), 1, figsize=(10, 3.2 * len(sections)), squeeze=False)
    for section, (axis,) in zip(sections, axes, strict=True):
        names = list(dict.fromkeys(name for row in section.rows for name in row.cells))
        width = 0.8 / len(names)
        for position, name in enumerate(names):
            places = [index + position * width for index, row in enumerate(section.rows) if name in row.cells]
            bars = axis.bar(places, [row.cells[name] for row in section.rows if name in row.cells], width, label=name)
            axis.bar_label(bars, fmt="{:.4g}", fontsize=7)
        axis.set_xticks(
            [index + 0.4 - width / 2 for index in range(len(section.rows))], [row.name for row in section.rows]
        )
        axis.set_title(section.title, fontsize=10)
        axis.legend(fontsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
