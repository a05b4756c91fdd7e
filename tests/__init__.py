"""The tests. `factory` makes content, `site` builds it with the real `pelican` command."""
