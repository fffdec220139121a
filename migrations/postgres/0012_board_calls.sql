-- What a call in the corridor was about: greeters read "from … to …" in large, and a newer call about
-- the same rooms puts an older one out of force.
CREATE TABLE board_calls (
    notice_id bigint PRIMARY KEY REFERENCES notices (id),
    kind      text NOT NULL CONSTRAINT board_call_kind CHECK (kind <> '')
);
CREATE TABLE board_call_rooms (
    notice_id bigint NOT NULL REFERENCES board_calls (notice_id),
    place     bigint NOT NULL,
    room_id   bigint NOT NULL REFERENCES rooms (id),
    PRIMARY KEY (notice_id, place)
);
CREATE INDEX board_call_rooms_room ON board_call_rooms (room_id, notice_id);
