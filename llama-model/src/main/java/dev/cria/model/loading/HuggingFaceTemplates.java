package dev.cria.model.loading;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cria.core.MalformedFileException;
import dev.cria.core.host.FileFailure;
import dev.cria.quant.GgufMetadata;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;

/**
 * The chat templates of a Hugging Face folder: {@code chat_template.jinja} and the folder
 * {@code additional_chat_templates}, which transformers 5 writes, otherwise {@code chat_template} in
 * {@code tokenizer_config.json}, a text or a list of texts with names.
 *
 * @param folder the folder
 * @param settings {@code tokenizer_config.json}, or an empty object
 */
record HuggingFaceTemplates(Path folder, JsonFile settings) {
    private static final String DEFAULT = "default";
    private static final String SUFFIX = ".jinja";
    /** Ten times the longest that are known. */
    private static final long LARGEST_FILE = 1 << 20;

    /** Adds them under the keys that llama.cpp's converter uses: the default one, and the others by their names. */
    void write(GgufMetadata.Builder metadata) {
        SequencedMap<String, String> templates = new LinkedHashMap<>(fromSettings());
        templates.putAll(fromFiles());
        templates.forEach((name, text) -> metadata.string(
                LlamaMetadata.CHAT_TEMPLATE + (name.equals(DEFAULT) ? "" : "." + name), text));
        List<String> names = templates.keySet().stream().filter(name -> !name.equals(DEFAULT)).toList();
        if (!names.isEmpty()) {
            metadata.strings(LlamaMetadata.CHAT_TEMPLATES, names);
        }
    }

    private Map<String, String> fromSettings() {
        JsonNode value = settings.object().path("chat_template");
        if (!value.isArray()) {
            return settings.string("chat_template").map(text -> Map.of(DEFAULT, text)).orElse(Map.of());
        }
        SequencedMap<String, String> templates = new LinkedHashMap<>();
        for (JsonNode entry : value) {
            if (!entry.path("name").isTextual() || !entry.path("template").isTextual()) {
                throw settings.malformed("chat_template must be a text, or a list of objects with name and template");
            }
            templates.put(entry.path("name").textValue(), entry.path("template").textValue());
        }
        return templates;
    }

    private Map<String, String> fromFiles() {
        SequencedMap<String, String> templates = new LinkedHashMap<>();
        Path file = folder.resolve("chat_template" + SUFFIX);
        if (Files.isRegularFile(file)) {
            templates.put(DEFAULT, read(file));
        }
        Path others = folder.resolve("additional_chat_templates");
        if (Files.isDirectory(others)) {
            for (Path other : list(others)) {
                String name = other.getFileName().toString();
                if (name.endsWith(SUFFIX)) {
                    templates.put(name.substring(0, name.length() - SUFFIX.length()), read(other));
                }
            }
        }
        return templates;
    }

    private static List<Path> list(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw FileFailure.reading(folder, e);
        }
    }

    private static String read(Path file) {
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw new MalformedFileException(file, "a chat template has no more than " + LARGEST_FILE + " bytes");
            }
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
    }
}
