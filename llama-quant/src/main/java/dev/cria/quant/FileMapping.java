package dev.cria.quant;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Opens weight files as memory, with messages for the person who named the file. */
final class FileMapping {
    private static final String POINTER = "version https://git-lfs.github.com/spec/";

    private FileMapping() {}

    /** Maps a whole file of a named kind, read-only. */
    static MemorySegment map(Path path, String kind, Arena arena) {
        if (Files.isDirectory(path)) {
            throw new CriaException(path + " is a directory, not a " + kind + " file");
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (channel.size() == 0) {
                throw new MalformedFileException(path, "not a " + kind + " file: it is empty");
            }
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            if (isPointer(bytes)) {
                throw new MalformedFileException(path, "not a " + kind + " file but a pointer of Git LFS to it: fetch "
                        + "the file itself with git lfs pull, or download it");
            }
            return bytes;
        } catch (NoSuchFileException e) {
            throw new CriaException("there is no file " + path, e);
        } catch (AccessDeniedException e) {
            throw new CriaException("there is no permission to read " + path, e);
        } catch (IOException e) {
            throw new CriaException("cannot read " + path + ": " + e.getMessage(), e);
        }
    }

    /** What a clone of a repository has in place of large files where Git LFS is not installed. */
    private static boolean isPointer(MemorySegment bytes) {
        MemorySegment begin = MemorySegment.ofArray(POINTER.getBytes(StandardCharsets.US_ASCII));
        return bytes.byteSize() >= begin.byteSize() && bytes.asSlice(0, begin.byteSize()).mismatch(begin) < 0;
    }
}
