import com.lmax.disruptor.BatchEventProcessor;
import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.RingBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;

/**
 * One hop of 64 bytes over the LMAX Disruptor: half a round trip between two pinned threads, each
 * the processor of one ring. The clock is read before each ping and after each answer, as on our
 * side. Prints one row of JSON.
 */
final class Hop {
    private static final int CAPACITY = 1024;
    private static final int TRIPS_MAX = 1 << 23;

    /** The answering side. */
    private static final class Echo implements EventHandler<Message> {
        final RingBuffer<Message> back;

        Echo(RingBuffer<Message> back) {
            this.back = back;
        }

        @Override
        public void onEvent(Message message, long sequence, boolean endOfBatch) {
            send(back, message.sum() >> 3);
        }
    }

    /** The measuring side. */
    private static final class Timer implements EventHandler<Message> {
        final RingBuffer<Message> out;
        final long nanos;
        final long[] trips = new long[TRIPS_MAX];
        final CountDownLatch done = new CountDownLatch(1);
        long began;
        long sent;
        int count;

        /** Warms up for so long, then measures for as long. */
        Timer(RingBuffer<Message> out, long nanos) {
            this.out = out;
            this.nanos = nanos;
        }

        @Override
        public void onEvent(Message message, long sequence, boolean endOfBatch) {
            long now = System.nanoTime();
            long number = message.sum() >> 3;
            if (number != sequence) {
                throw new IllegalStateException("answer " + number + " to " + sequence);
            }
            if (now - began > nanos) {
                trips[count] = now - sent;
                count += 1;
                if (count == TRIPS_MAX || now - began > 2 * nanos) {
                    done.countDown();
                    return;
                }
            }
            ping(number + 1);
        }

        void ping(long number) {
            sent = System.nanoTime();
            send(out, number);
        }
    }

    private static void send(RingBuffer<Message> ring, long number) {
        long sequence = ring.next();
        ring.get(sequence).set(number);
        ring.publish(sequence);
    }

    private static RingBuffer<Message> ring() {
        return RingBuffer.createSingleProducer(Message::new, CAPACITY, new BusySpinWaitStrategy());
    }

    public static void main(String[] arguments) throws Exception {
        int cpu = Integer.parseInt(arguments[0]);
        int other = Integer.parseInt(arguments[1]);
        long nanos = Long.parseLong(arguments[2]) * 1_000_000;
        RingBuffer<Message> there = ring();
        RingBuffer<Message> back = ring();
        Timer timer = new Timer(there, nanos);
        Echo echo = new Echo(back);
        var pong = new BatchEventProcessor<>(there, there.newBarrier(), echo);
        var ping = new BatchEventProcessor<>(back, back.newBarrier(), timer);
        there.addGatingSequences(pong.getSequence());
        back.addGatingSequences(ping.getSequence());
        Threads.pinnedTo("pong", other).newThread(pong).start();
        Threads.pinnedTo("ping", cpu).newThread(() -> {
            timer.began = System.nanoTime();
            timer.ping(0);
            ping.run();
        }).start();
        timer.done.await();
        ping.halt();
        pong.halt();
        long[] trips = Arrays.copyOf(timer.trips, timer.count);
        Arrays.sort(trips);
        System.out.println(String.format(Locale.ROOT,
                "{\"work\": \"hop\", \"peer\": \"lmax-disruptor\", \"unit\": \"ns\", "
                        + "\"p50\": %.1f, \"p99\": %.1f, \"p999\": %.1f}",
                at(trips, 0.5), at(trips, 0.99), at(trips, 0.999)));
    }

    private static double at(long[] sorted, double quantile) {
        return sorted[(int) (quantile * (sorted.length - 1))] / 2.0;
    }
}
