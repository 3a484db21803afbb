"""Reading activations while the real model runs: own hooks, counted, gone afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from torch import Tensor, nn

from brodmann.errors import RunError
from brodmann.neurons.hooks import Firings, hooked
from brodmann.neurons.sites import Site

Consumer = Callable[[Site, Tensor], None]
"""Gets a site and its activations, float ``[B, T, U]``, during the forward pass."""


@contextmanager
def capture(
    model: nn.Module, sites: Sequence[Site], rows: int, consume: Consumer
) -> Iterator[Firings]:
    """Hand every site's activations to a consumer during the forward passes inside.

    Nothing is stored here, and the model's answer is bit-equal to the one without capture.

    Args:
        model: Holds the sites' modules.
        sites: What to read.
        rows: Examples per forward pass: modules that see ``[B * T, U]`` are brought to
            ``[B, T, U]`` by it.
        consume: Called as each site fires, with a detached view.

    Yields:
        The count of firings.

    Raises:
        RunError: The model is compiled, no site is asked for, or one of them never fired.
    """
    if not sites:
        raise RunError("no site is asked for, so nothing would be captured")

    def read(site: Site, values: Tensor) -> None:
        consume(site, by_example(values.detach(), rows, site))

    with hooked(model, sites, read) as firings:
        yield firings


def by_example(values: Tensor, rows: int, site: Site) -> Tensor:
    """Bring ``[B * T, U]`` or ``[B, T, U]`` to ``[B, T, U]``.

    Args:
        values: As the module sees them.
        rows: B, the examples of the forward pass.
        site: Says U.

    Raises:
        RunError: The last axis is not the site's units, or the examples do not divide the rest.
    """
    if values.shape[-1] != site.units or values.numel() % (rows * site.units):
        raise RunError(
            f"{site.name} fired with shape {list(values.shape)}, not [{rows}, tokens, {site.units}]"
        )
    return values.reshape(rows, -1, site.units)


def check_finite(values: Tensor, site: Site, batch: int) -> None:
    """Refuse activations that are not numbers.

    Args:
        values: What was read.
        site: Where.
        batch: Count of the batch, for the message.

    Raises:
        RunError: A value is NaN or infinite.
    """
    if not bool(values.sum().isfinite()) and not bool(values.isfinite().all()):
        raise RunError(f"{site.name} holds NaN or infinite activations in batch {batch}")
