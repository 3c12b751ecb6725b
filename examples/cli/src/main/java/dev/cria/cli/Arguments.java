package dev.cria.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The arguments of the program as they were given. Java decodes them by the locale, and where that is not set, as in
 * most containers, it turns what is not ASCII into question marks.
 */
final class Arguments {
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

    private Arguments() {}

    /**
     * {@return the arguments in UTF-8, where the system tells them}
     *
     * @param decoded the arguments as Java decoded them
     */
    static String[] inUtf8(String... decoded) {
        if (System.getProperty("sun.jnu.encoding", "").equals("UTF-8") || !Files.isReadable(COMMAND_LINE)) {
            return decoded;
        }
        try {
            return inUtf8(Files.readAllBytes(COMMAND_LINE), decoded);
        } catch (IOException e) {
            return decoded;
        }
    }

    /** The last of the whole command line, each of which ends in a zero. */
    static String[] inUtf8(byte[] commandLine, String... decoded) {
        List<String> all = List.of(new String(commandLine, StandardCharsets.UTF_8).split("\0", -1));
        int end = all.size() - 1;
        int begin = end - decoded.length;
        return begin < 0 ? decoded : all.subList(begin, end).toArray(String[]::new);
    }
}
