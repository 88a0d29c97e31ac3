"""The engines that can stand behind `repository.Store`; today that is SQLite."""
