package dev.cria.model.transcript;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.core.host.FileFailure;
import dev.cria.core.host.NewFile;
import dev.cria.model.generation.FinishReason;
import dev.cria.model.generation.TokenLogProbability;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The content of a transcript file: JSON, one object a line. The first is about the model, each other holds a question
 * and its answer.
 *
 * @param header the model
 * @param answers what it answered
 */
public record TranscriptFile(Header header, SequencedMap<Question, Answer> answers) {
    private static final String FORMAT = "cria-transcript";
    private static final int VERSION = 1;
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    /**
     * Which model answered.
     *
     * @param name its name, may be empty
     * @param layers number of layers
     * @param vocabularySize number of tokens
     * @param embeddingLength width of its hidden states
     * @param contextLength how many tokens prompt and answer may have together
     * @param chatTemplate name of the chat template
     * @param jinja text of the chat template, if it is none of those with names
     * @param adapters LoRA adapters that everything had
     */
    public record Header(String name, int layers, int vocabularySize, int embeddingLength, int contextLength,
            String chatTemplate, Optional<Jinja> jinja, String adapters) {}

    /**
     * A chat template in Jinja, with the tokens that prompts show.
     *
     * @param text its text
     * @param bos text of the token that begins a sequence
     * @param eos text of the token that ends one
     */
    public record Jinja(String text, String bos, String eos) {}

    /** Copies the answers. */
    public TranscriptFile {
        answers = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(answers));
    }

    /**
     * Writes the file, complete or not at all.
     *
     * @param file where; folders that are missing are made
     * @throws CriaException if it cannot be written
     */
    public void write(Path file) {
        try {
            makeFolder(file);
            replace(file);
        } catch (IOException e) {
            throw FileFailure.writing(file, e);
        }
    }

    /**
     * Adds these answers to those that a file holds, whoever else is doing the same at this moment.
     *
     * @param file where; made if there is none. An earlier answer to the same question is replaced, and so is all that
     *        another model answered
     * @throws MalformedFileException if the file is no transcript
     * @throws CriaException if it cannot be read or written
     */
    public void addTo(Path file) {
        try {
            makeFolder(file);
            try (LockFile _ = LockFile.acquire(file, LockFile.PATIENCE)) {
                SequencedMap<Question, Answer> all = new LinkedHashMap<>();
                if (Files.exists(file)) {
                    TranscriptFile earlier = read(file);
                    if (earlier.header.equals(header)) {
                        all.putAll(earlier.answers);
                    }
                }
                all.putAll(answers);
                new TranscriptFile(header, all).replace(file);
            }
        } catch (IOException e) {
            throw FileFailure.writing(file, e);
        }
    }

    private static void makeFolder(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
    }

    private void replace(Path file) throws IOException {
        try (NewFile unfinished = new NewFile(file)) {
            Files.write(unfinished.path(), lines());
            unfinished.complete();
        }
    }

    private List<String> lines() {
        List<String> lines = new ArrayList<>();
        ObjectNode first = MAPPER.createObjectNode().put("format", FORMAT).put("version", VERSION);
        first.put("name", header.name()).put("layers", header.layers()).put("vocabularySize", header.vocabularySize())
                .put("embeddingLength", header.embeddingLength()).put("contextLength", header.contextLength())
                .put("chatTemplate", header.chatTemplate());
        header.jinja().ifPresent(jinja -> first.putObject("jinja").put("text", jinja.text()).put("bos", jinja.bos())
                .put("eos", jinja.eos()));
        first.put("adapters", header.adapters());
        lines.add(first.toString());
        answers.entrySet().stream().sorted(Comparator.comparing(entry -> entry.getKey().order()))
                .forEach(entry -> lines.add(line(entry.getKey(), entry.getValue())));
        return lines;
    }

    private static String line(Question question, Answer answer) {
        ObjectNode line = MAPPER.createObjectNode().put("kind", question.kind().inFile()).put("prompt",
                question.prompt());
        ObjectNode options = line.putObject("options");
        new TreeMap<>(question.options()).forEach(options::put);
        switch (answer) {
            case Answer.Generated generated -> {
                line.put("answer", generated.text()).put("finishReason", generated.finishReason().name());
                integers(line.putArray("promptTokens"), generated.promptTokens());
                integers(line.putArray("tokens"), generated.tokens());
                if (generated.droppedMessages() > 0) {
                    line.put("droppedMessages", generated.droppedMessages());
                }
                if (!generated.logProbabilities().isEmpty()) {
                    ArrayNode logProbabilities = line.putArray("logProbabilities");
                    for (TokenLogProbability token : generated.logProbabilities()) {
                        ObjectNode node = logProbabilities.addObject().put("token", token.token()).put(
                                "logProbability", token.logProbability());
                        ArrayNode alternatives = node.putArray("alternatives");
                        token.alternatives().forEach(alternative -> alternatives.addObject().put("token",
                                alternative.token()).put("logProbability", alternative.logProbability()));
                    }
                }
            }
            case Answer.Scored scored -> {
                integers(line.putArray("tokens"), scored.tokens());
                ArrayNode logProbabilities = line.putArray("logProbabilities");
                scored.logProbabilities().forEach(logProbabilities::add);
            }
            case Answer.Embedded embedded -> {
                ArrayNode vector = line.putArray("vector");
                embedded.vector().forEach(vector::add);
            }
        }
        return line.toString();
    }

    private static void integers(ArrayNode array, List<Integer> values) {
        values.forEach(array::add);
    }

    /**
     * Reads a file.
     *
     * @param file the file
     * @return its content
     * @throws MalformedFileException if it is no transcript; the message names the line
     * @throws CriaException if it cannot be read
     */
    public static TranscriptFile read(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw new CriaException("there is no transcript " + file, e);
        } catch (CharacterCodingException e) {
            throw new MalformedFileException(file, "a transcript is UTF-8 text, but this is not", e);
        } catch (IOException e) {
            throw FileFailure.reading(file, e);
        }
        if (lines.isEmpty()) {
            throw new MalformedFileException(file,
                    "it is empty; the first line of a transcript says which model answered");
        }
        Line first = Line.parse(file, 1, lines.getFirst());
        if (!first.object.path("format").asText().equals(FORMAT) || first.integer("version") != VERSION) {
            throw first.malformed("a transcript begins with {\"format\":\"" + FORMAT + "\",\"version\":" + VERSION
                    + ",…}, but this file with " + first.object);
        }
        Header header = new Header(first.text("name"), first.size("layers"), first.size("vocabularySize"),
                first.size("embeddingLength"), first.size("contextLength"), first.text("chatTemplate"),
                first.jinja(), first.text("adapters"));
        SequencedMap<Question, Answer> answers = new LinkedHashMap<>();
        for (int i = 1; i < lines.size(); i++) {
            Line line = Line.parse(file, i + 1, lines.get(i));
            if (answers.put(line.question(), line.answer()) != null) {
                throw line.malformed("the same question was answered in an earlier line");
            }
        }
        return new TranscriptFile(header, answers);
    }

    /** One line of the file, with its number for messages. */
    private record Line(Path file, int number, JsonNode object) {
        static Line parse(Path file, int number, String text) {
            try {
                JsonNode node = MAPPER.readTree(text);
                if (!node.isObject()) {
                    throw new MalformedFileException(file, "line " + number + ": expected a JSON object");
                }
                return new Line(file, number, node);
            } catch (JacksonException e) {
                throw new MalformedFileException(file, "line " + number + ": not JSON: " + e.getOriginalMessage(), e);
            }
        }

        MalformedFileException malformed(String problem) {
            return new MalformedFileException(file, "line " + number + ": " + problem);
        }

        private <T> T checked(JsonNode value, String name, String expected, Predicate<JsonNode> is,
                Function<JsonNode, T> as) {
            if (!is.test(value)) {
                throw malformed(name + " must be " + expected + ", but is "
                        + (value.isMissingNode() ? "missing" : value.toString()));
            }
            return as.apply(value);
        }

        String text(String name) {
            return checked(object.path(name), name, "a text", JsonNode::isTextual, JsonNode::textValue);
        }

        Optional<Jinja> jinja() {
            if (!object.has("jinja")) {
                return Optional.empty();
            }
            Line jinja = new Line(file, number, object.get("jinja"));
            return Optional.of(new Jinja(jinja.text("text"), jinja.text("bos"), jinja.text("eos")));
        }

        int integer(String name) {
            return integer(object.path(name), name);
        }

        private int integer(JsonNode value, String name) {
            return checked(value, name, "a whole number",
                    number -> number.isIntegralNumber() && number.canConvertToInt(), JsonNode::intValue);
        }

        int size(String name) {
            return checked(object.path(name), name, "a whole number from 1",
                    value -> value.isIntegralNumber() && value.canConvertToInt() && value.intValue() > 0,
                    JsonNode::intValue);
        }

        private double number(JsonNode value, String name) {
            return checked(value, name, "a number", JsonNode::isNumber, JsonNode::doubleValue);
        }

        private <T> List<T> list(JsonNode array, String name, Function<JsonNode, T> element) {
            List<T> list = new ArrayList<>();
            checked(array, name, "an array", JsonNode::isArray, Function.identity())
                    .forEach(value -> list.add(element.apply(value)));
            return list;
        }

        private List<Integer> integers(String name) {
            return list(object.path(name), name, value -> integer(value, name));
        }

        Question question() {
            String kind = text("kind");
            Map<String, String> options = new LinkedHashMap<>();
            checked(object.path("options"), "options", "an object", JsonNode::isObject, Function.identity())
                    .properties().forEach(option -> options.put(option.getKey(), checked(option.getValue(),
                            "options." + option.getKey(), "a text", JsonNode::isTextual, JsonNode::textValue)));
            return new Question(Question.Kind.fromFile(kind).orElseThrow(() -> malformed(
                    "there is no kind of question \"" + kind + "\"")), text("prompt"), options);
        }

        Answer answer() {
            return switch (question().kind()) {
                case TEXT, TOKENS, INFILL, CHAT -> new Answer.Generated(text("answer"), finishReason(),
                        integers("promptTokens"), integers("tokens"), object.has("logProbabilities")
                                ? list(object.path("logProbabilities"), "logProbabilities", this::token)
                                : List.of(),
                        object.has("droppedMessages") ? integer("droppedMessages") : 0);
                case SCORE, SCORE_TOKENS -> new Answer.Scored(integers("tokens"), list(object.path("logProbabilities"),
                        "logProbabilities", value -> number(value, "logProbabilities")));
                case EMBEDDING -> new Answer.Embedded(list(object.path("vector"), "vector",
                        value -> (float) number(value, "vector")));
            };
        }

        private FinishReason finishReason() {
            String name = text("finishReason");
            return List.of(FinishReason.values()).stream().filter(reason -> reason.name().equals(name)).findFirst()
                    .orElseThrow(() -> malformed("there is no finish reason \"" + name + "\""));
        }

        private TokenLogProbability token(JsonNode node) {
            return new TokenLogProbability(integer(node.path("token"), "token"), number(node.path("logProbability"),
                    "logProbability"),
                    list(node.path("alternatives"), "alternatives",
                            alternative -> new TokenLogProbability.Alternative(integer(alternative.path("token"),
                                    "token"), number(alternative.path("logProbability"), "logProbability"))));
        }
    }
}
