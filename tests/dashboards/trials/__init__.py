"""The board tried without Kafka: made-up alerts, screenshots for the README, and smoothness measured."""
