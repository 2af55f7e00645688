-- What channels have to tell whom of which event.
SELECT 1;
