"""What pyserial loads for pensim:// URLs; found through the entry point group `penctl.serial_handlers`."""
