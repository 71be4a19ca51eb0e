"""Who may view, add and undo imports."""

from __future__ import annotations

from core.api.permissions import MayRead

VIEW = "imports.view_importhistory"
ADD = "imports.add_importhistory"
UNDO = "imports.undo_importhistory"


class MayImport(MayRead):
    permission = "imports.add_importhistory"


class MayUndo(MayRead):
    permission = "imports.undo_importhistory"
