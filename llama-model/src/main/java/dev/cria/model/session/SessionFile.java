package dev.cria.model.session;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cria.chat.Message;
import dev.cria.chat.Role;
import dev.cria.core.CriaException;
import dev.cria.core.MalformedFileException;
import dev.cria.core.host.FileFailure;
import dev.cria.core.host.NewFile;
import dev.cria.model.engine.KeptPage;
import dev.cria.model.generation.GenerationOptions;
import dev.cria.model.transformer.ForwardPass;
import dev.cria.model.transformer.KvPage;
import dev.cria.model.transformer.PanelPage;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/**
 * A session in a file:
 *
 * <pre>
 * 8 bytes   "CRIASESS"
 * int       version of the format
 * long      bytes of the whole file
 * int       bytes of the description
 *           the description, JSON in UTF-8: who computed, the chat if it is one, the tokens of each page
 *           the pages, layer by layer, with zeros behind the tokens of each
 * int       CRC-32C of all before
 * </pre>
 *
 * <p>All numbers are little-endian. The file is refused unless its size and its checksum are right; then every field is
 * checked before anything is allocated for it.
 */
final class SessionFile {
    private static final byte[] MAGIC = "CRIASESS".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int PREAMBLE = MAGIC.length + Integer.BYTES + Long.BYTES + Integer.BYTES;
    private static final int CHUNK = 1 << 16;
    private static final String CHAT = "chat";
    private static final String PREFIXES = "prefixes";
    private static final ObjectMapper MAPPER = JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    private final Path path;
    private final ForwardPass forward;
    private final int mostPages;

    /**
     * What a file has told.
     *
     * @param chat the conversation, if it is one
     * @param pages keys and values, as many as were wanted
     */
    record Content(Optional<Conversation> chat, List<KeptPage> pages) {}

    /**
     * @param path where it is, or will be
     * @param forward makes pages, and knows their size
     * @param mostPages how many are read, at most
     */
    SessionFile(Path path, ForwardPass forward, int mostPages) {
        this.path = path;
        this.forward = forward;
        this.mostPages = mostPages;
    }

    // writing

    void write(Origin origin, Optional<Conversation> chat, List<KeptPage> pages) {
        try (NewFile unfinished = new NewFile(path)) {
            byte[] description = MAPPER.writeValueAsBytes(description(origin, chat, pages));
            long size = PREAMBLE + description.length + pages.size() * forward.pageBytes() + Integer.BYTES;
            try (OutputStream file = Files.newOutputStream(unfinished.path());
                    CheckedOutputStream out = new CheckedOutputStream(new BufferedOutputStream(file, CHUNK),
                            new CRC32C())) {
                out.write(littleEndian(PREAMBLE).put(MAGIC).putInt(VERSION).putLong(size).putInt(description.length)
                        .array());
                out.write(description);
                for (KeptPage page : pages) {
                    write(page, out);
                }
                out.write(littleEndian(Integer.BYTES).putInt((int) out.getChecksum().getValue()).array());
            }
            unfinished.complete();
        } catch (IOException e) {
            throw FileFailure.writing(path, e);
        }
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void write(KeptPage page, OutputStream out) throws IOException {
        for (PanelPage.Numbers numbers : ((PanelPage) page.content()).numbers()) {
            byte[] bytes = new byte[Math.toIntExact(numbers.memory().byteSize())];
            numbers.copyTo(page.tokens().length, MemorySegment.ofArray(bytes));
            out.write(bytes);
        }
    }

    private static ObjectNode description(Origin origin, Optional<Conversation> chat, List<KeptPage> pages) {
        ObjectNode root = MAPPER.createObjectNode().put("kind", chat.isPresent() ? CHAT : PREFIXES)
                .put("cria", CriaVersion.current()).put("model", origin.model()).put("weights", origin.weights())
                .put("activations", origin.activations()).put("kvType", origin.kvType());
        ArrayNode adapters = root.putArray("adapters");
        origin.adapters().forEach(adapter -> adapters.addObject().put("name", adapter.name())
                .put("content", adapter.content()).put("scale", adapter.scale()));
        chat.ifPresent(conversation -> describe(conversation, root.putObject(CHAT)));
        ArrayNode list = root.putArray("pages");
        for (KeptPage page : pages) {
            ArrayNode tokens = list.addObject().put("parent", page.parent()).putArray("tokens");
            Arrays.stream(page.tokens()).forEach(tokens::add);
        }
        return root;
    }

    private static void describe(Conversation chat, ObjectNode target) {
        target.put("template", chat.template()).put("droppedMessages", chat.droppedMessages())
                .put("contextOverflow", chat.contextOverflow());
        ArrayNode messages = target.putArray("messages");
        chat.messages().forEach(message -> messages.addObject().put("role", message.role().name())
                .put("content", message.content()));
        target.set("options", MAPPER.valueToTree(chat.options().toMap()));
        ArrayNode read = target.putArray("read");
        chat.read().forEach(read::add);
    }

    // reading

    Content read(boolean isChat, Origin own) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            int length = check(channel);
            byte[] description = new byte[length];
            fill(channel, ByteBuffer.wrap(description), PREAMBLE);
            Description fields = parse(description);
            requireKind(fields, isChat);
            origin(fields).requireSame(path, own);
            Optional<Conversation> chat = isChat ? Optional.of(conversation(fields.child(CHAT))) : Optional.empty();
            return new Content(chat, pages(channel, fields, PREAMBLE + (long) length));
        } catch (IOException e) {
            throw FileFailure.reading(path, e);
        }
    }

    /** Checks that the file is whole. {@return the bytes of its description} */
    private int check(FileChannel channel) throws IOException {
        long size = channel.size();
        ByteBuffer preamble = littleEndian(PREAMBLE);
        if (size < PREAMBLE + Integer.BYTES) {
            throw malformed("it is no session of Cria: it has only " + size + " bytes");
        }
        fill(channel, preamble, 0);
        byte[] magic = new byte[MAGIC.length];
        preamble.get(magic);
        if (!Arrays.equals(magic, MAGIC)) {
            throw malformed("it is no session of Cria: it does not begin with CRIASESS");
        }
        int version = preamble.getInt();
        if (version != VERSION) {
            throw malformed("version is " + version + ", but this Cria reads version " + VERSION);
        }
        long expected = preamble.getLong();
        if (expected != size) {
            throw malformed("size is " + size + " bytes, but " + expected + " were written: it is not complete");
        }
        int length = preamble.getInt();
        CRC32C checksum = new CRC32C();
        ByteBuffer chunk = littleEndian(CHUNK);
        long end = size - Integer.BYTES;
        for (long at = 0; at < end; at += chunk.limit()) {
            chunk.clear().limit((int) Math.min(CHUNK, end - at));
            fill(channel, chunk, at);
            checksum.update(chunk);
        }
        ByteBuffer last = littleEndian(Integer.BYTES);
        fill(channel, last, end);
        if (last.getInt() != (int) checksum.getValue()) {
            throw malformed("checksum does not agree with the content: the file is damaged");
        }
        if (length < 0 || length > end - PREAMBLE) {
            throw malformed("the description is said to have " + Integer.toUnsignedString(length)
                    + " bytes, but there are only " + (end - PREAMBLE));
        }
        return length;
    }

    /** Reads until the buffer is full, and turns it around. */
    private void fill(FileChannel channel, ByteBuffer target, long from) throws IOException {
        long at = from;
        while (target.hasRemaining()) {
            int count = channel.read(target, at);
            if (count < 0) {
                throw malformed("it has become shorter while it was read");
            }
            at += count;
        }
        target.flip();
    }

    private Description parse(byte[] json) throws IOException {
        try {
            return new Description(MAPPER.readTree(json), "description");
        } catch (JacksonException e) {
            throw malformed("description is not JSON: " + e.getOriginalMessage());
        }
    }

    private void requireKind(Description fields, boolean isChat) {
        String kind = fields.text("kind");
        switch (kind) {
            case CHAT -> {
                if (!isChat) {
                    throw new CriaException(FileFailure.name(path)
                            + ": it holds a chat, not prefixes: read it with restoreChat");
                }
            }
            case PREFIXES -> {
                if (isChat) {
                    throw new CriaException(FileFailure.name(path)
                            + ": it holds prefixes, not a chat: read it with loadPrefixes");
                }
            }
            default -> throw malformed("kind must be chat or prefixes, but is " + kind);
        }
    }

    private Origin origin(Description fields) {
        List<Origin.Adapter> adapters = fields.children("adapters").stream().map(
                adapter -> new Origin.Adapter(adapter.text("name"), adapter.text("content"), adapter.text("scale")))
                .toList();
        return new Origin(fields.text("model"), fields.text("weights"), fields.text("activations"),
                fields.text("kvType"), adapters);
    }

    private Conversation conversation(Description fields) {
        List<Message> messages = fields.children("messages").stream()
                .map(message -> new Message(role(message.text("role")), message.text("content"))).toList();
        int dropped = fields.number("droppedMessages", 0, messages.size());
        return new Conversation(fields.text("template"), messages, dropped, fields.text("contextOverflow"),
                options(fields.child("options").node()),
                fields.numbers("read", forward.vocabularySize() - 1));
    }

    private GenerationOptions options(JsonNode values) {
        try {
            return GenerationOptions.of(MAPPER.convertValue(values, new TypeReference<Map<String, Object>>() {
            }));
        } catch (IllegalArgumentException e) {
            throw malformed("options: " + e.getMessage());
        }
    }

    private Role role(String name) {
        return Arrays.stream(Role.values()).filter(role -> role.name().equals(name)).findFirst()
                .orElseThrow(() -> malformed("role must be one of " + Arrays.toString(Role.values()) + ", but is "
                        + name));
    }

    private List<KeptPage> pages(FileChannel channel, Description fields, long begin) throws IOException {
        List<Description> listed = fields.children("pages");
        long bytes = forward.pageBytes();
        long rest = channel.size() - Integer.BYTES - begin;
        if (rest % bytes != 0 || rest / bytes != listed.size()) {
            throw malformed("pages: " + listed.size() + " of " + bytes + " bytes are listed, but there are " + rest
                    + " bytes of them");
        }
        List<int[]> tokens = new ArrayList<>();
        List<Integer> parents = new ArrayList<>();
        for (Description page : listed) {
            int parent = page.number("parent", -1, tokens.size() - 1);
            if (parent >= 0 && tokens.get(parent).length != KvPage.POSITIONS) {
                throw malformed("pages: page " + tokens.size() + " follows page " + parent + ", which is not full");
            }
            List<Integer> ids = page.numbers("tokens", forward.vocabularySize() - 1);
            if (ids.isEmpty() || ids.size() > KvPage.POSITIONS) {
                throw malformed("pages: a page has 1 to " + KvPage.POSITIONS + " tokens, but page " + tokens.size()
                        + " has " + ids.size());
            }
            parents.add(parent);
            tokens.add(ids.stream().mapToInt(Integer::intValue).toArray());
        }
        int wanted = Math.min(listed.size(), mostPages);
        try {
            List<KeptPage> pages = new ArrayList<>();
            for (int i = 0; i < wanted; i++) {
                pages.add(new KeptPage(parents.get(i), tokens.get(i), page(channel, begin + i * bytes)));
            }
            return pages;
        } catch (OutOfMemoryError e) {
            throw new CriaException(FileFailure.name(path) + ": there is not enough memory for " + wanted * bytes
                    + " bytes of keys and values: give the JVM more with -Xmx, or the model fewer kvCacheBytes", e);
        }
    }

    private KvPage page(FileChannel channel, long begin) throws IOException {
        PanelPage page = (PanelPage) forward.newPage();
        long at = begin;
        for (PanelPage.Numbers numbers : page.numbers()) {
            ByteBuffer bytes = littleEndian(Math.toIntExact(numbers.memory().byteSize()));
            fill(channel, bytes, at);
            numbers.copyFrom(MemorySegment.ofBuffer(bytes));
            at += bytes.limit();
        }
        return page;
    }

    private MalformedFileException malformed(String problem) {
        return new MalformedFileException(path, problem);
    }

    /** An object of the description, whose fields are checked when they are asked for. */
    private final class Description {
        private final JsonNode node;
        private final String place;

        Description(JsonNode node, String place) {
            this.node = node;
            this.place = place;
            if (!node.isObject()) {
                throw malformed(place + " must be an object, but is " + node.getNodeType());
            }
        }

        JsonNode node() {
            return node;
        }

        private JsonNode field(String name, boolean fits, String expected) {
            if (!fits) {
                throw malformed(place + "." + name + " must be " + expected + ", but is " + node.path(name));
            }
            return node.path(name);
        }

        String text(String name) {
            return field(name, node.path(name).isTextual(), "a text").textValue();
        }

        int number(String name, int least, int most) {
            JsonNode value = node.path(name);
            return field(name, isNumber(value, least, most), "a number from " + least + " to " + most).intValue();
        }

        private static boolean isNumber(JsonNode value, int least, int most) {
            return value.canConvertToInt() && value.isIntegralNumber() && value.intValue() >= least
                    && value.intValue() <= most;
        }

        List<Integer> numbers(String name, int most) {
            List<Integer> all = new ArrayList<>();
            for (JsonNode value : field(name, node.path(name).isArray(), "a list")) {
                if (!isNumber(value, 0, most)) {
                    throw malformed(place + "." + name + " must be numbers from 0 to " + most + ", but there is "
                            + value);
                }
                all.add(value.intValue());
            }
            return all;
        }

        Description child(String name) {
            return new Description(node.path(name), place + "." + name);
        }

        List<Description> children(String name) {
            List<Description> all = new ArrayList<>();
            for (JsonNode value : field(name, node.path(name).isArray(), "a list")) {
                all.add(new Description(value, place + "." + name + "[" + all.size() + "]"));
            }
            return all;
        }
    }
}
