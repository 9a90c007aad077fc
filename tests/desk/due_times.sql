-- Computes the due times of due_times.csv without a line of Postroom: PostgreSQL's own time zones, read minute by minute.
-- Tables asked(n, zone, week, closed, starts, target) and hours(week, day, opens, closes) are filled from the same file
-- and from WEEKS in test_due_times.py; closes is 1440 + minutes where a shift ends on the next day. `wall` is the latest
-- time that the clock on the wall has shown so far, in minutes: where it is put back, it stands still.
WITH minutes AS (
    SELECT a.*, t AS instant,
        max(floor(extract(epoch FROM t AT TIME ZONE a.zone) / 60)::bigint) OVER (PARTITION BY a.n ORDER BY t) AS wall
    FROM asked a,
        generate_series(a.starts - interval '1 day', a.starts + interval '40 days', interval '1 minute') AS t
    WHERE a.n = :n
), opened AS (
    SELECT n, target, instant, row_number() OVER (ORDER BY instant) AS worked
    FROM minutes m
    WHERE instant >= starts AND EXISTS (
        SELECT FROM hours h, generate_series(0, 1) AS back
        WHERE h.week = m.week AND h.day = (m.wall / 1440 - back + 3) % 7
            AND m.wall % 1440 + back * 1440 >= h.opens AND m.wall % 1440 + back * 1440 < h.closes
            AND (date '1970-01-01' + (m.wall / 1440 - back)::int) <> ALL (m.closed)
    )
)
SELECT instant + interval '1 minute' AS due FROM opened WHERE worked = target
