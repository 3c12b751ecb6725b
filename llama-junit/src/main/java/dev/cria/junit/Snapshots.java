package dev.cria.junit;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.core.host.FileFailure;
import dev.cria.core.host.NewFile;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Texts that somebody has approved, one a file, in {@code snapshots/CLASS/NAME.txt} of the resources folder. With
 * {@code -Dcria.snapshots=approve} whatever a test finds is written there as approved; look at the changes before you
 * commit them. A parameter of a {@link LlamaTest}.
 */
public final class Snapshots {
    private static final Namespace NAMESPACE = Namespace.create(Snapshots.class);
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}_][\\p{L}\\p{N}_. -]*");

    private final Path folder;
    private final boolean approves;
    /** What this run has approved. */
    private final ConcurrentMap<Path, String> approvals;

    private Snapshots(Class<?> test, RunSettings settings, ConcurrentMap<Path, String> approvals) {
        folder = settings.resources().resolve("snapshots").resolve(test.getName());
        approves = settings.approval() == RunSettings.Approval.APPROVE;
        this.approvals = approvals;
    }

    static Snapshots of(ExtensionContext context) {
        Approvals approvals = context.getRoot().getStore(NAMESPACE).getOrComputeIfAbsent(Approvals.class,
                _ -> new Approvals(new ConcurrentHashMap<>()), Approvals.class);
        return new Snapshots(context.getRequiredTestClass(), new RunSettings(context), approvals.texts);
    }

    private record Approvals(ConcurrentMap<Path, String> texts) {}

    /**
     * {@return the file of a snapshot, whether it exists or not}
     *
     * @param name letters, digits, spaces, {@code _}, {@code .} and {@code -}
     * @throws IllegalArgumentException if the name has other characters
     */
    public Path file(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "the name of a snapshot has letters, digits, spaces, _, . and -, but this one is \"" + name + "\"");
        }
        return folder.resolve(name + ".txt");
    }

    /**
     * Asks for the approved text, or approves the one at hand if this run approves.
     *
     * @param name of the snapshot
     * @param found what the test has found, a {@link PortableText}
     * @return the approved text; empty if there is none
     * @throws IllegalArgumentException if the name has characters that it may not have
     * @throws CriaException if the file cannot be read or written, or this run has approved another text there
     */
    Optional<String> approved(String name, String found) {
        Path file = file(name);
        if (approves) {
            String earlier = approvals.putIfAbsent(file, found);
            if (earlier != null && !earlier.equals(found)) {
                throw new CriaException("two different texts are to be approved as the snapshot " + file
                        + ": give each a name of its own, for example with the number of the case. They are:\n"
                        + ExchangeText.indented(earlier) + "and:\n" + ExchangeText.indented(found).stripTrailing());
            }
            write(file, found);
            return Optional.of(found);
        }
        try {
            return Files.exists(file) ? Optional.of(content(Files.readString(file))) : Optional.empty();
        } catch (CharacterCodingException e) {
            throw new MalformedFileException(file, "a snapshot is UTF-8 text, but this is not", e);
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }

    /** A file ends with a line break, as files of text do; it is not part of the text. */
    private static String content(String file) {
        String text = PortableText.of(file);
        return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }

    private static void write(Path file, String text) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            try (NewFile unfinished = new NewFile(file)) {
                Files.writeString(unfinished.path(), text + "\n");
                unfinished.complete();
            }
        } catch (IOException e) {
            throw FileFailure.writing(file, e);
        }
    }
}
