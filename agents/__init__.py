"""Who runs it: the Faust workers, and everything that talks to Kafka.  The only folder that imports Faust."""
