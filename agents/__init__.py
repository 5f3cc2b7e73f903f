"""Who runs it: the Faust workers, and all that talks to Kafka; the only folder to import Faust."""
