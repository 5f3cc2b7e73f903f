"""The way in from topics that other systems write, above all Debezium: messages become rows."""
