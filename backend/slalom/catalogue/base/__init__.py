"""What every choice of the catalogue stands on: fields, help texts and how numbers are written."""
