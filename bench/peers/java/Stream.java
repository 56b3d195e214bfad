import com.lmax.disruptor.BatchEventProcessor;
import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.RingBuffer;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;

/**
 * 64-byte messages streamed over the LMAX Disruptor from one pinned thread to another, one at a
 * time and claimed in batches. Every word is written and read; the sum is checked. Prints two rows
 * of JSON.
 */
final class Stream {
    private static final int CAPACITY = 1024;

    private static final class Summer implements EventHandler<Message> {
        final long count;
        final CountDownLatch done = new CountDownLatch(1);
        long sum;

        Summer(long count) {
            this.count = count;
        }

        @Override
        public void onEvent(Message message, long sequence, boolean endOfBatch) {
            sum += message.sum();
            if (sequence + 1 == count) {
                done.countDown();
            }
        }
    }

    /** One run; millions of messages a second. */
    private static double run(int cpu, int other, long count, int batch) throws Exception {
        RingBuffer<Message> ring =
                RingBuffer.createSingleProducer(Message::new, CAPACITY, new BusySpinWaitStrategy());
        Summer summer = new Summer(count);
        var reader = new BatchEventProcessor<>(ring, ring.newBarrier(), summer);
        ring.addGatingSequences(reader.getSequence());
        Thread reading = Threads.pinnedTo("reader", other).newThread(reader);
        reading.start();
        while (!reader.isRunning()) {
            Thread.onSpinWait();
        }
        long[] began = new long[1];
        Thread writing = Threads.pinnedTo("writer", cpu).newThread(() -> {
            began[0] = System.nanoTime();
            if (batch == 1) {
                single(ring, count);
            } else {
                batched(ring, count, batch);
            }
        });
        writing.start();
        summer.done.await();
        long took = System.nanoTime() - began[0];
        reader.halt();
        writing.join();
        reading.join();
        if (summer.sum != count * (count - 1) / 2 * 8) {
            throw new IllegalStateException("messages were lost or changed");
        }
        return count * 1e3 / took;
    }

    private static void single(RingBuffer<Message> ring, long count) {
        for (long number = 0; number < count; number++) {
            long sequence = ring.next();
            ring.get(sequence).set(number);
            ring.publish(sequence);
        }
    }

    private static void batched(RingBuffer<Message> ring, long count, int batch) {
        for (long number = 0; number < count; number += batch) {
            long last = ring.next(batch);
            long first = last - batch + 1;
            for (long sequence = first; sequence <= last; sequence++) {
                ring.get(sequence).set(number + sequence - first);
            }
            ring.publish(first, last);
        }
    }

    public static void main(String[] arguments) throws Exception {
        int cpu = Integer.parseInt(arguments[0]);
        int other = Integer.parseInt(arguments[1]);
        int batch = Integer.parseInt(arguments[3]);
        // Whole batches only.
        long count = Long.parseLong(arguments[2]) / batch * batch;
        for (int size : new int[] {1, batch}) {
            // The first runs are not measured: they are compiled.
            run(cpu, other, count / 2 / batch * batch, size);
            run(cpu, other, count / 2 / batch * batch, size);
            System.out.println(String.format(Locale.ROOT,
                    "{\"work\": \"%s\", \"peer\": \"lmax-disruptor\", \"unit\": \"M msg/s\", "
                            + "\"value\": %.2f}",
                    size == 1 ? "stream" : "stream-batched", run(cpu, other, count, size)));
        }
    }
}
