"""WordPress's roles and what they may do (wordpress.org/documentation/article/roles-and-capabilities/)."""

from __future__ import annotations

from collections.abc import Iterable

_LEVELS = [f"level_{number}" for number in range(11)]

_CONTRIBUTOR = ["edit_posts", "read", *_LEVELS[:2], "delete_posts"]
_AUTHOR = [
    "upload_files", "edit_posts", "edit_published_posts", "publish_posts", "read", *_LEVELS[2::-1],
    "delete_posts", "delete_published_posts",
]  # fmt: skip
_EDITOR = [
    "moderate_comments", "manage_categories", "manage_links", "upload_files", "unfiltered_html", "edit_posts",
    "edit_others_posts", "edit_published_posts", "publish_posts", "edit_pages", "read", *_LEVELS[7::-1],
    "edit_others_pages", "edit_published_pages", "publish_pages", "delete_pages", "delete_others_pages",
    "delete_published_pages", "delete_posts", "delete_others_posts", "delete_published_posts",
    "delete_private_posts", "edit_private_posts", "read_private_posts", "delete_private_pages",
    "edit_private_pages", "read_private_pages",
]  # fmt: skip
_ADMINISTRATOR = [
    "switch_themes", "edit_themes", "activate_plugins", "edit_plugins", "edit_users", "edit_files",
    "manage_options", *_EDITOR, *_LEVELS[:7:-1], "import", "delete_users", "create_users", "unfiltered_upload",
    "edit_dashboard", "update_plugins", "delete_plugins", "install_plugins", "update_themes", "install_themes",
    "update_core", "list_users", "remove_users", "promote_users", "edit_theme_options", "delete_themes", "export",
]  # fmt: skip

CAPABILITIES: dict[str, tuple[str, ...]] = {
    "administrator": tuple(_ADMINISTRATOR),
    "editor": tuple(_EDITOR),
    "author": tuple(_AUTHOR),
    "contributor": tuple(_CONTRIBUTOR),
    "subscriber": ("read", "level_0"),
}
AUTHORS = ("administrator", "editor", "author", "contributor")


def capabilities(roles: Iterable[str]) -> dict[str, bool]:
    """Everything that somebody with these roles may do, the roles' own names included."""
    roles = tuple(roles)
    owned = {capability: True for role in roles for capability in CAPABILITIES[role]}
    return owned | dict.fromkeys(roles, True)


def roles_with(capability: str) -> list[str]:
    """The roles that carry a capability; a role's own name is one."""
    return [role for role, owned in CAPABILITIES.items() if capability in owned or capability == role]
