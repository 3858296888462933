"""A module whose densities are computed on another device, for code that knows of none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import torch

from pplc.runtime.data import Data, Device
from pplc.runtime.module import Module, Tensors
from pplc.runtime.problems import DeviceNotUsable, FitError


def on_device(module: Module, device: Device) -> Module:
    """The module, with its densities on a device; as it is where that is the processor.

    Raises FitError where there is no such device, or it has no numbers in float64.
    """
    if str(device) == "cpu":
        return module
    try:
        torch.zeros(1, dtype=torch.float64, device=device).cpu()
    except (RuntimeError, AssertionError, NotImplementedError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise FitError([DeviceNotUsable(device=str(device), reason=reason)]) from error
    return cast(Module, Elsewhere(module, device))


class Elsewhere:
    """Like a module: what grows with the data, densities and the guide, runs on a device.

    Tensors that come from the processor are copied there, and the results back; gradients go the
    same way. Given data that are on the device already, as in iterations of the stochastic engine,
    the results stay there. What else a module does, it does where its data are.
    """

    def __init__(self, module: Module, device: Device) -> None:
        self._module = module
        self._device = device
        self._here: Data | None = None
        self._there: Data | None = None
        self.METADATA: Mapping[str, Any] = module.METADATA

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)

    def model(self, latents: Tensors, data: Data, params: Tensors) -> Tensors:
        """See `Module`."""
        found = self._module.model(self._to(latents), self._data(data), self._to(params))
        return _at(found, data.device)

    def guide(
        self, phi: Tensors, noise: Tensors, data: Data, params: Tensors
    ) -> tuple[Tensors, Tensors]:
        """See `Module`."""
        inputs = self._to(phi), self._to(noise), self._data(data), self._to(params)
        latents, log_q = self._module.guide(*inputs)
        return _at(latents, data.device), _at(log_q, data.device)

    def constrain(
        self, u: Tensors, data: Data, params: Tensors, centring: Tensors
    ) -> tuple[Tensors, Tensors]:
        """See `Module`."""
        inputs = self._to(u), self._data(data), self._to(params), self._to(centring)
        latents, log_jacobian = self._module.constrain(*inputs)
        return _at(latents, data.device), _at(log_jacobian, data.device)

    def _to(self, tensors: Tensors) -> Tensors:
        return _at(tensors, self._device)

    def _data(self, data: Data) -> Data:
        """The data on the device; those of the last call are kept there."""
        if data.device == self._device:
            return data
        if self._there is None or data is not self._here:
            self._here, self._there = data, data.to(device=self._device)
        return self._there


def _at(tensors: Tensors, device: Device) -> Tensors:
    return {name: x.to(device) for name, x in tensors.items()}
