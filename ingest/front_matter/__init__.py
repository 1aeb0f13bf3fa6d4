"""An episode's file: YAML read as text, checked key by key."""
