"""What others do to meetings at their provider: `hearing` what it tells, `looking` before each meeting, `deciding`."""
