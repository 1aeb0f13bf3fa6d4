"""Proposes an editors' worksheet for one episode: evidence blocks with their places in the wiki."""
