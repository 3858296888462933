"""Simplexes."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, pad

from pplc.runtime.constraints.base import Constraint


class _Simplex(Constraint):
    """Stick breaking, [..., K - 1] to [..., K]; the map of torch's StickBreakingTransform."""

    def forward(self, u: Tensor) -> tuple[Tensor, Tensor]:
        shifted = u - _stick_offsets(u)
        log_rest = pad(logsigmoid(-shifted).cumsum(-1), (1, 0))  # what is left before each break
        log_value = torch.cat([log_rest[..., :-1] + logsigmoid(shifted), log_rest[..., -1:]], -1)
        log_jacobian = log_value[..., :-1] + logsigmoid(-shifted)
        return log_value.exp().clamp_min(torch.finfo(u.dtype).tiny), log_jacobian

    def inverse(self, value: Tensor) -> Tensor:
        rest = value.flip(-1).cumsum(-1).flip(-1)[..., 1:]
        u = value[..., :-1].log() - rest.log()
        return u + _stick_offsets(u)


simplex = _Simplex()


def _stick_offsets(u: Tensor) -> Tensor:
    """Shifts that take u = 0 to the uniform simplex: log(K - 1), ..., log(1)."""
    return torch.arange(u.shape[-1], 0, -1, dtype=u.dtype, device=u.device).log()
