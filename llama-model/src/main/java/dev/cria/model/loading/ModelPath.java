package dev.cria.model.loading;

import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.core.host.FileFailure;
import dev.cria.quant.Checkpoint;
import dev.cria.quant.GgufFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds out what kind of model a path leads to: a file, a folder, or a file that belongs to a folder. */
public final class ModelPath {
    private static final Pattern LATER_SHARD = Pattern.compile(".*-(?!00001)\\d{5}-of-\\d{5}\\.gguf");
    /** The beginning of a ZIP archive, which is what PyTorch writes. */
    private static final String ZIP = "PK";

    private ModelPath() {}

    /**
     * Opens a model.
     *
     * @param path a GGUF file, the first of its shards, a llama2.c checkpoint, a folder of Hugging Face's or Meta's
     *        layout, a file in such a folder, or a folder with one GGUF file or llama2.c checkpoint
     * @return the open model
     * @throws MalformedFileException if it is broken or not of a supported kind
     * @throws CriaException if it cannot be read, or it is not clear what to open
     */
    public static Checkpoint open(Path path) {
        if (Files.isDirectory(path)) {
            return openFolder(path);
        }
        if (!Files.exists(path)) {
            throw new CriaException("there is no file " + FileFailure.name(path));
        }
        String name = Optional.ofNullable(path.getFileName()).map(Path::toString).orElse("");
        Path folder = Optional.ofNullable(path.getParent()).orElse(Path.of(""));
        if (name.equals(MetaFolder.PARAMS) || name.equals(MetaFolder.WHOLE) || name.endsWith(".pth")) {
            return openMeta(path, folder);
        }
        boolean torch = name.endsWith(".bin") && begins(path, ZIP);
        if (name.endsWith(".json") || name.endsWith(".safetensors") || torch) {
            return openHuggingFace(path, folder);
        }
        if (name.equals("tokenizer.model")) {
            return openFolder(folder);
        }
        return name.endsWith(".bin") && !begins(path, "GGUF")
                ? Llama2cCheckpoint.open(path)
                : Checkpoint.of(GgufFile.open(path));
    }

    private static Checkpoint openMeta(Path path, Path folder) {
        if (!Files.isRegularFile(folder.resolve(MetaFolder.PARAMS))) {
            throw new MalformedFileException(path, "it is a part of a model of Meta's layout, but there is no "
                    + MetaFolder.PARAMS + " beside it");
        }
        return MetaFolder.open(folder);
    }

    private static Checkpoint openHuggingFace(Path path, Path folder) {
        if (!Files.isRegularFile(folder.resolve(HuggingFaceFolder.CONFIG))) {
            throw new MalformedFileException(path, "it is a part of a Hugging Face folder, but there is no "
                    + HuggingFaceFolder.CONFIG + " beside it");
        }
        return HuggingFaceFolder.open(folder);
    }

    private static boolean begins(Path path, String magic) {
        try (InputStream in = Files.newInputStream(path)) {
            return new String(in.readNBytes(magic.length()), StandardCharsets.ISO_8859_1).equals(magic);
        } catch (IOException e) {
            throw FileFailure.reading(path, e);
        }
    }

    private static Checkpoint openFolder(Path folder) {
        boolean meta = Files.isRegularFile(folder.resolve(MetaFolder.PARAMS));
        boolean huggingFace = Files.isRegularFile(folder.resolve(HuggingFaceFolder.CONFIG));
        // Mistral puts both layouts into one folder, its own as consolidated.safetensors
        if (huggingFace && !(meta && MetaFolder.hasShards(folder))) {
            return HuggingFaceFolder.open(folder);
        }
        if (meta) {
            return MetaFolder.open(folder);
        }
        List<Path> files;
        try (Stream<Path> list = Files.list(folder)) {
            files = list.filter(Files::isRegularFile).filter(ModelPath::isWhole).sorted().toList();
        } catch (IOException e) {
            throw FileFailure.reading(folder, e);
        }
        if (files.size() != 1) {
            throw new CriaException(folder + (files.isEmpty()
                    ? " is a directory without a model: it has no config.json (Hugging Face), params.json (Meta), "
                            + ".gguf file or llama2.c .bin file"
                    : " is a directory with " + files.size() + " models; name one of them: "
                            + String.join(", ", files.stream().map(file -> file.getFileName().toString()).toList())));
        }
        return open(files.getFirst());
    }

    /** Whether a file is a model by itself: other shards than the first are not, nor is the tokenizer of llama2.c. */
    private static boolean isWhole(Path file) {
        String name = file.getFileName().toString();
        return (name.endsWith(".gguf") && !LATER_SHARD.matcher(name).matches())
                || (name.endsWith(".bin") && !name.startsWith("tok"));
    }
}
