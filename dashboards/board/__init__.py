"""The live board: what control-room supervisors and the Force Crime Registrar look at all day."""
