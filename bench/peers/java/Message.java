/** 64 bytes of payload: eight longs, all of which are written and read. */
final class Message {
    long head, a, b, c, d, e, f, g;

    void set(long number) {
        head = number;
        a = number;
        b = number;
        c = number;
        d = number;
        e = number;
        f = number;
        g = number;
    }

    long sum() {
        return head + a + b + c + d + e + f + g;
    }
}
