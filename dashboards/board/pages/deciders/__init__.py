"""The pages that name people to the registrar: who decides against crimes, who lacks training."""
