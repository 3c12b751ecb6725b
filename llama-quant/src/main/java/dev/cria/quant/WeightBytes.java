package dev.cria.quant;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.core.host.FileFailure;
import dev.cria.core.host.MachineMemory;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * All bytes of a weight file. Files of the default file system are mapped; others, such as those in a jar, cannot be
 * and are read into memory, and so are streams.
 *
 * @param file the file, for messages; of what is no file a name that looks like one
 * @param bytes its content, valid as long as the arena that it was opened with
 * @param mapped whether the file can still be read, too
 */
record WeightBytes(Path file, MemorySegment bytes, boolean mapped) {
    private static final String POINTER = "version https://git-lfs.github.com/spec/";
    /** Characters that are possible in the address of a stream, but not in every file's name. */
    private static final String NO_NAME = "[<>:\"|?*\\x00]";
    private static final int BUFFER = 1 << 16;
    /** Bytes of a stream, whose length is not known, that are taken at a time. */
    private static final long CHUNK = 1L << 24;

    /**
     * Opens a file.
     *
     * @param file the file
     * @param kind what it should be, for messages
     * @param arena keeps the bytes
     * @return its bytes
     */
    static WeightBytes open(Path file, String kind, Arena arena) {
        return open(file, kind, arena, MachineMemory.bytes());
    }

    static WeightBytes open(Path file, String kind, Arena arena, long memory) {
        if (Files.isDirectory(file)) {
            throw new CriaException(FileFailure.name(file) + " is a directory, not a " + kind + " file");
        }
        try {
            WeightBytes opened = file.getFileSystem().equals(FileSystems.getDefault())
                    ? map(file, arena)
                    : copy(file, arena, memory);
            return opened.checked(kind);
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }

    private static WeightBytes map(Path file, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new WeightBytes(file, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena), true);
        }
    }

    /** Reads the file, because most other file systems have no mapping, and that of jars writes a copy for it. */
    private static WeightBytes copy(Path file, Arena arena, long memory) throws IOException {
        String name = FileFailure.name(file);
        long size = Files.size(file);
        if (size >= memory) {
            throw new CriaException(name + " has " + size + " bytes and must be read into memory, because its file "
                    + "system cannot map it, but the machine has " + memory
                    + " bytes of memory; copy it to a disk and load it from there");
        }
        try (InputStream in = Files.newInputStream(file)) {
            MemorySegment bytes = allocate(size, name, arena);
            if (fill(bytes, in) != size || in.read() >= 0) {
                throw new CriaException(name + " has changed while it was read");
            }
            return new WeightBytes(file, bytes, false);
        }
    }

    /**
     * Reads a stream to its end.
     *
     * @param in the stream
     * @param name what it is called in messages
     * @param kind what it should be, for messages
     * @param arena keeps the bytes
     * @return its bytes
     */
    static WeightBytes read(InputStream in, String name, String kind, Arena arena) {
        return read(in, name, kind, arena, MachineMemory.bytes());
    }

    static WeightBytes read(InputStream in, String name, String kind, Arena arena, long memory) {
        try (Arena reading = Arena.ofConfined()) {
            List<MemorySegment> chunks = new ArrayList<>();
            long size = 0;
            long filled = CHUNK;
            while (filled == CHUNK) {
                // the chunks and then, for a moment, all of them once more
                if (2 * (size + CHUNK) >= memory) {
                    throw new CriaException(name + " has more than " + size + " bytes, which is half of the machine's "
                            + "memory; write it to a file and load that");
                }
                MemorySegment chunk = allocate(CHUNK, name, reading);
                filled = fill(chunk, in);
                chunks.add(chunk.asSlice(0, filled));
                size += filled;
            }
            if (size == 0) {
                throw new MalformedFileException(path(name),
                        "the stream has no bytes; perhaps it has been read before");
            }
            MemorySegment bytes = allocate(size, name, arena);
            long position = 0;
            for (MemorySegment chunk : chunks) {
                bytes.asSlice(position).copyFrom(chunk);
                position += chunk.byteSize();
            }
            return new WeightBytes(path(name), bytes, false).checked(kind);
        } catch (IOException e) {
            throw FileFailure.reading(name, e);
        }
    }

    /**
     * {@return bytes that are in memory already}
     *
     * @param bytes the content of a file
     * @param name what it is called in messages
     * @param kind what it should be, for messages
     */
    static WeightBytes of(MemorySegment bytes, String name, String kind) {
        if (!bytes.isAccessibleBy(new Thread())) {
            throw new IllegalArgumentException(name + " is memory of one thread, but several threads read weights: "
                    + "take it from Arena.ofShared() or ofAuto()");
        }
        return new WeightBytes(path(name), bytes.asReadOnly(), false).checked(kind);
    }

    private static Path path(String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            return Path.of(name.replaceAll(NO_NAME, "_"));
        }
    }

    private static MemorySegment allocate(long size, String name, Arena arena) {
        try {
            return arena.allocate(size);
        } catch (OutOfMemoryError e) {
            throw new CriaException(name + ": there is not enough memory for its " + size + " bytes", e);
        }
    }

    /** Fills memory from a stream as far as it goes; answers how far. */
    private static long fill(MemorySegment target, InputStream in) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long filled = 0;
        while (filled < target.byteSize()) {
            int read = in.read(buffer, 0, (int) Math.min(BUFFER, target.byteSize() - filled));
            if (read < 0) {
                return filled;
            }
            MemorySegment.copy(MemorySegment.ofArray(buffer), 0, target, filled, read);
            filled += read;
        }
        return filled;
    }

    private WeightBytes checked(String kind) {
        if (bytes.byteSize() == 0) {
            throw new MalformedFileException(file, "not a " + kind + " file: it is empty");
        }
        if (isPointer()) {
            throw new MalformedFileException(file, "not a " + kind + " file but a pointer of Git LFS to it: fetch "
                    + "the file itself with git lfs pull, or download it");
        }
        return this;
    }

    /** What a clone of a repository has in place of large files where Git LFS is not installed. */
    private boolean isPointer() {
        MemorySegment begin = MemorySegment.ofArray(POINTER.getBytes(StandardCharsets.US_ASCII));
        return bytes.byteSize() >= begin.byteSize() && bytes.asSlice(0, begin.byteSize()).mismatch(begin) < 0;
    }

    /**
     * {@return a tensor of the file}
     *
     * @param name its name
     * @param type storage format
     * @param shape extents, fastest first
     * @param offset where its data begins
     * @param size bytes of data
     */
    WeightTensor tensor(String name, QuantType type, List<Long> shape, long offset, long size) {
        return new WeightTensor(name, type, shape, file, mapped ? offset : WeightTensor.IN_MEMORY,
                bytes.asSlice(offset, size));
    }
}
