"""Provides a keeper on an index of two episodes, which a test can take away."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app_fixtures import index_of
from chat_fake import DRIFT, STORE
from fakes import settings_for

from app.keeping.database import Database
from app.keeping.keeper import Keeper
from index.opened import Index


@dataclass
class Kept:
    """A keeper with its file and index."""

    folder: Path
    index: Index = field(default_factory=lambda: index_of((STORE, ()), (DRIFT, ())))

    @property
    def state(self) -> Database:
        return Database(self.folder)

    def keeper(self, **settings: Any) -> Keeper:
        return Keeper(Database(self.folder), settings_for(self.folder, **settings), lambda: self.index)

    def take_away(self, *slugs: str) -> None:
        """The episodes are not in the index any more."""
        left = [episode for episode in (STORE, DRIFT) if episode.slug not in slugs]
        self.index = index_of(*((episode, ()) for episode in left))
