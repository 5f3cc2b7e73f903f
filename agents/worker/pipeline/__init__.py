"""The stages of a batch, one module each, with its metrics and its log lines.

In order: receive, decode, admit, apply, advance, audit (corrections), publish, persist, acknowledge.  Each takes one
value and returns one.  :class:`agents.worker.batch_processor.BatchProcessor` orders them.
"""
