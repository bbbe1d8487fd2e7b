"""Small line drawings for the kinds of nodes, on a ground of 16 by 16."""

from __future__ import annotations

from netcheck.reports.picture.scene import NodeKind

_SCREEN = "M1.5 2.5 H14.5 V11 H1.5 Z M8 11 V14 M4.5 14 H11.5"
ICONS = {
    NodeKind.VM: _SCREEN,
    NodeKind.CROWD: "M4.5 1.5 H15 V8.5 H4.5 Z M1.5 4.5 V12 H12 V11 M6.5 12 V14.5 M3.5 14.5 H9.5",
    NodeKind.PROXY: "M1.5 5 H13 M10 2 L13 5 L10 8 M14.5 11 H3 M6 8 L3 11 L6 14",
    NodeKind.APPLIANCE: "M1.5 8 H6 L10 3.5 H14.5 M6 8 L10 12.5 H14.5 M12.5 1.5 L14.5 3.5 L12.5 5.5 "
    "M12.5 10.5 L14.5 12.5 L12.5 14.5",
    NodeKind.FIREWALL: "M1.5 2.5 H14.5 V13.5 H1.5 Z M1.5 6.2 H14.5 M1.5 9.8 H14.5 M8 2.5 V6.2 M4.8 6.2 V9.8 "
    "M11.2 6.2 V9.8 M8 9.8 V13.5",
    NodeKind.BALANCER: "M8 1.5 V6 M8 6 L2.5 11 M8 6 V11 M8 6 L13.5 11 M1 11 H4 V14 H1 Z M6.5 11 H9.5 V14 H6.5 Z "
    "M12 11 H15 V14 H12 Z",
    NodeKind.ENDPOINT: "M1.5 8 H5 M5 4 V12 M5 4 H8 A4 4 0 0 1 8 12 H5 M12 8 H14.5",
    NodeKind.SERVICE: "M2.5 4 A5.5 2.2 0 0 1 13.5 4 A5.5 2.2 0 0 1 2.5 4 V12 A5.5 2.2 0 0 0 13.5 12 V4",
    NodeKind.PLACE: "M4.5 12.5 A3 3 0 0 1 4.3 6.6 A4 4 0 0 1 11.8 5.6 A3.5 3.5 0 0 1 11.6 12.5 Z",
    NodeKind.ELSEWHERE: "M4.5 12.5 A3 3 0 0 1 4.3 6.6 A4 4 0 0 1 11.8 5.6 A3.5 3.5 0 0 1 11.6 12.5 Z",
    NodeKind.SUBNETS: "M4.5 1.5 H15 V10 H4.5 Z M1.5 4.5 V14 H12",
}
