"""The Faust worker, as a pipeline: decode, admit, apply, advance, publish, persist, acknowledge."""
