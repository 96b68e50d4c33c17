"""Settings live in one TOML that people may edit, and a broken one is no reason not to start."""

from studio.core.settings import config_folder, load_settings, save_setting


def test_a_setting_is_kept_beside_what_a_person_wrote():
    path = config_folder() / "settings.toml"
    path.write_text('# mine\ntheme = "dark"\n')
    save_setting("last_project", "/somewhere")
    assert path.read_text().startswith('# mine\ntheme = "dark"\n')
    assert load_settings() == {"theme": "dark", "last_project": "/somewhere"}


def test_a_broken_file_counts_as_empty_and_is_mended_by_the_next_write():
    (config_folder() / "settings.toml").write_bytes(b"\xff = not toml")
    assert load_settings() == {}
    save_setting("theme", "light")
    assert load_settings() == {"theme": "light"}
