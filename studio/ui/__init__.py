"""The window: Qt, and nothing else. It measures and decides nothing; the packages below it do."""
