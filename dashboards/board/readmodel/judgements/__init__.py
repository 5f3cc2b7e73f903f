"""What people say of records beside assessments: links; and which records were erased."""
