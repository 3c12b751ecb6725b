package dev.cria.core.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileFailureTest {
    @TempDir
    private Path folder;

    private String reading(IOException cause) {
        return String.valueOf(FileFailure.reading(folder.resolve("model"), cause).getMessage());
    }

    private String writing(IOException cause) {
        return String.valueOf(FileFailure.writing(folder.resolve("model"), cause).getMessage());
    }

    @Test
    void aMessageSaysWhatIsWrongOrTheKindOfTheException() {
        Path file = folder.resolve("model");
        assertThat(reading(new NoSuchFileException("x"))).isEqualTo("there is no file " + file);
        assertThat(reading(new AccessDeniedException("x"))).isEqualTo("there is no permission to read " + file);
        assertThat(reading(new MalformedInputException(1))).isEqualTo(file + " is not UTF-8 text");
        assertThat(reading(new IOException())).isEqualTo("cannot read " + file + ": IOException");
        assertThat(reading(new FileSystemException("x", null, "Too many open files")))
                .isEqualTo("cannot read " + file + ": FileSystemException: Too many open files");
        assertThat(reading(new SocketTimeoutException("slow")))
                .isEqualTo("cannot read " + file + ": SocketTimeoutException: slow");
        assertThat(FileFailure.reading(folder, new IOException("Is a directory")))
                .hasMessage(folder + " is a directory, not a file");
        assertThat(writing(new IOException("No space left on device")))
                .isEqualTo("cannot write " + file + ": IOException: No space left on device");
        assertThat(writing(new AccessDeniedException("x")))
                .isEqualTo("cannot write " + file + ": there is no permission");
        assertThat(FileFailure.writing(folder.resolve("none/model"), new NoSuchFileException("x")))
                .hasMessage("cannot write " + folder.resolve("none/model") + ": there is no folder "
                        + folder.resolve("none"));
    }

    @Test
    void anInterruptionIsCalledSoAndStays() {
        Path file = folder.resolve("model");
        for (IOException cause : new IOException[]{new ClosedByInterruptException(), new ClosedChannelException(),
            new InterruptedIOException()}) {
            Thread.currentThread().interrupt();
            String read = reading(cause);
            assertThat(Thread.interrupted()).isTrue();
            Thread.currentThread().interrupt();
            String written = writing(cause);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(read).isEqualTo("interrupted while " + file + " was read");
            assertThat(written).isEqualTo("interrupted; " + file + " has not been written");
        }
        // a channel that somebody has closed
        assertThat(reading(new ClosedChannelException())).isEqualTo("cannot read " + file
                + ": ClosedChannelException");
    }

    @Test
    void aFileInAJarIsCalledByItsAddress() throws IOException {
        Path jar = folder.resolve("app.jar");
        try (FileSystem zip = FileSystems.newFileSystem(URI.create("jar:" + jar.toUri()), Map.of("create", "true"))) {
            assertThat(FileFailure.reading(zip.getPath("/model.gguf"), new NoSuchFileException("x")))
                    .hasMessage("there is no file jar:" + jar.toUri() + "!/model.gguf");
        }
    }
}
