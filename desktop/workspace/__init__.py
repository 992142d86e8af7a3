"""What a face asks for, free of Qt: window and commands both speak to this and to nothing deeper."""
