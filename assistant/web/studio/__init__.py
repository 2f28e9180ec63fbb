"""The studio: synthetic pictures to make and to take away, and the clinicians' panel that looks at one."""
