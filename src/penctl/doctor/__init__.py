"""`penctl doctor`: what is checked of this computer, its ports and a pen. Each check tells; none changes."""
