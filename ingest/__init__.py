"""Archive files -> episodes -> passages."""
