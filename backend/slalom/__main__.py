"""``python -m slalom``; workers import this file again, so it stays tiny."""

if __name__ == "__main__":
    from slalom.cli import main

    main()
