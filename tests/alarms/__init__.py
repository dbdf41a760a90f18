"""An invented clinic whose alarms are counted."""
