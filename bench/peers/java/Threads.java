import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadFactory;

/** Pinned threads. Java cannot pin one itself: the thread asks taskset to, and checks the result. */
final class Threads {
    private Threads() {}

    /** A maker of daemon threads that pin themselves to a cpu before they run anything. */
    static ThreadFactory pinnedTo(String name, int cpu) {
        return task -> {
            Thread thread = new Thread(() -> {
                pin(cpu);
                task.run();
            }, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    static void pin(int cpu) {
        try {
            Path self = Path.of("/proc/thread-self").toRealPath();
            String[] command = {"taskset", "-p", "-c", "" + cpu, self.getFileName().toString()};
            int code = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
            String wanted = "Cpus_allowed_list:\t" + cpu;
            if (code != 0 || !Files.readAllLines(self.resolve("status")).contains(wanted)) {
                throw new IllegalStateException("cannot pin a thread to cpu " + cpu);
            }
        } catch (IOException e) {
            throw new IllegalStateException("cannot pin a thread: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }
}
