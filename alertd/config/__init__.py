"""The configuration: gathers the rooms' own settings models from one TOML file, environment and secret files.

Knows the settings of every room, and nothing of what they do with them.
"""

from alertd.config.loading import load as load
from alertd.config.loading import load_web as load_web
from alertd.config.places import near_state_folders as near_state_folders
from alertd.config.settings import Settings as Settings
