package dev.cria.quant.torch;

import dev.cria.core.MalformedFileException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Reads the pickle of a PyTorch checkpoint (Python's pickletools describes the opcodes). It builds dictionaries, lists,
 * tuples, numbers, texts and tensors and knows the few names that PyTorch needs for them; whatever else a pickle asks
 * for is refused. Nothing in a file is ever looked up or called, and what is built is no larger than a constant times
 * the pickle.
 */
public final class TensorPickle {
    private static final Map<String, String> STORAGES = Map.ofEntries(Map.entry("FloatStorage", "F32"),
            Map.entry("HalfStorage", "F16"), Map.entry("BFloat16Storage", "BF16"), Map.entry("DoubleStorage", "F64"),
            Map.entry("LongStorage", "I64"), Map.entry("IntStorage", "I32"), Map.entry("ShortStorage", "I16"),
            Map.entry("CharStorage", "I8"), Map.entry("ByteStorage", "U8"), Map.entry("BoolStorage", "BOOL"));
    private static final String REBUILD_TENSOR = "torch._utils._rebuild_tensor_v2";
    private static final String REBUILD_PARAMETER = "torch._utils._rebuild_parameter";
    private static final String REBUILD_FROM_TYPE = "torch._tensor._rebuild_from_type_v2";
    private static final String ORDERED_DICT = "collections.OrderedDict";
    private static final List<String> NAMES = List.of(REBUILD_TENSOR, REBUILD_PARAMETER, REBUILD_FROM_TYPE,
            ORDERED_DICT, "torch.Tensor", "torch.nn.parameter.Parameter");

    /** Some 40 are needed for a tensor; each makes an object of at most some tens of bytes. */
    private static final int MOST_OPERATIONS = 1 << 20;

    /**
     * A tensor of the checkpoint.
     *
     * @param dtype data type, by safetensors' names
     * @param storage key of the archive member that holds its data
     * @param storageElements elements that the member should hold
     * @param offset index of its first element there
     * @param shape extents, slowest first
     * @param stride elements from one index to the next, for each extent
     */
    public record Tensor(String dtype, String storage, long storageElements, long offset, List<Long> shape,
            List<Long> stride) {}

    private record Storage(String dtype, String key, long elements) {}

    private record Name(String name) {}

    private record Tuple(List<Object> elements) {}

    private enum Marker {
        NONE, MARK
    }

    private final Path file;
    private final ByteBuffer pickle;
    private final List<Object> stack = new ArrayList<>();
    private final Map<Integer, Object> memo = new HashMap<>();

    private TensorPickle(Path file, byte[] pickle) {
        this.file = file;
        this.pickle = ByteBuffer.wrap(pickle).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Reads the tensors of a pickled dictionary, or of the dictionary it holds as {@code model} or {@code state_dict}.
     *
     * @param file the checkpoint, for messages
     * @param pickle the whole pickle
     * @return the tensors by name, in the order of the dictionary
     * @throws MalformedFileException if the pickle is broken or asks for anything but tensors
     */
    public static SequencedMap<String, Tensor> read(Path file, byte[] pickle) {
        TensorPickle reader = new TensorPickle(file, pickle);
        Map<?, ?> dictionary = reader.dictionary(reader.run());
        for (String name : List.of("model", "state_dict")) {
            if (dictionary.get(name) instanceof Map<?, ?> nested) {
                dictionary = nested;
            }
        }
        SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
        dictionary.forEach((key, value) -> {
            if (key instanceof String name && value instanceof Tensor tensor) {
                tensors.put(name, tensor);
            }
        });
        return tensors;
    }

    private Map<?, ?> dictionary(Object result) {
        if (result instanceof Map<?, ?> map) {
            return map;
        }
        throw malformed("it should hold a dictionary of tensors, but holds " + kind(result));
    }

    private Object run() {
        for (int operations = 0; operations < MOST_OPERATIONS; operations++) {
            int opcode = unsignedByte();
            switch (opcode) {
                case 0x80 -> protocol();
                case 0x95 -> int64();
                case '.' -> {
                    return pop();
                }
                case '(' -> stack.add(Marker.MARK);
                case '0' -> pop();
                case '1' -> popToMark();
                case 'N' -> stack.add(Marker.NONE);
                case 0x88 -> stack.add(true);
                case 0x89 -> stack.add(false);
                case 'J' -> stack.add((long) int32());
                case 'K' -> stack.add((long) unsignedByte());
                case 'M' -> stack.add((long) (unsignedByte() | (unsignedByte() << 8)));
                case 0x8a -> stack.add(longNumber(unsignedByte()));
                case 'G' -> stack.add(Double.longBitsToDouble(Long.reverseBytes(int64())));
                case 'X' -> stack.add(text(int32()));
                case 0x8c, 'U' -> stack.add(text(unsignedByte()));
                case ')' -> stack.add(new Tuple(List.of()));
                case 't' -> stack.add(new Tuple(popToMark()));
                case 0x85 -> tuple(1);
                case 0x86 -> tuple(2);
                case 0x87 -> tuple(3);
                case ']' -> stack.add(new ArrayList<Object>());
                case 'l' -> stack.add(popToMark());
                case 'a' -> append(List.of(pop()));
                case 'e' -> append(popToMark());
                case '}' -> stack.add(new LinkedHashMap<Object, Object>());
                case 's' -> {
                    Object value = pop();
                    setItems(List.of(pop(), value));
                }
                case 'u' -> setItems(popToMark());
                case 'q' -> memo.put(unsignedByte(), peek());
                case 'r' -> memo.put(int32(), peek());
                case 0x94 -> memo.put(memo.size(), peek());
                case 'h' -> recall(unsignedByte());
                case 'j' -> recall(int32());
                case 'c' -> name(line(), line());
                case 0x93 -> {
                    Object name = pop();
                    name(string(pop()), string(name));
                }
                case 'Q' -> stack.add(storage(pop()));
                case 'R' -> {
                    Object arguments = pop();
                    stack.add(build(pop(), arguments));
                }
                case 'b' -> {
                    // the state of an OrderedDict is PyTorch's _metadata, which says nothing about weights
                    pop();
                    if (!(peek() instanceof Map<?, ?>)) {
                        throw malformed("it sets the state of " + kind(peek()) + "; only tensors are read");
                    }
                }
                default -> throw malformed("it has the unsupported opcode 0x" + Integer.toHexString(opcode) + " at "
                        + (pickle.position() - 1));
            }
        }
        throw malformed("it has more than the " + MOST_OPERATIONS + " operations that are supported");
    }

    private void protocol() {
        int version = unsignedByte();
        if (version < 2 || version > 5) {
            throw malformed("its protocol is " + version + ", supported are 2 to 5");
        }
    }

    private void tuple(int size) {
        if (stack.size() < size) {
            throw malformed("a tuple lacks elements");
        }
        List<Object> top = stack.subList(stack.size() - size, stack.size());
        List<Object> elements = List.copyOf(top);
        top.clear();
        stack.add(new Tuple(elements));
    }

    @SuppressWarnings("unchecked")
    private void append(List<Object> elements) {
        if (!(peek() instanceof ArrayList<?> list)) {
            throw malformed("it appends to " + kind(peek()));
        }
        ((ArrayList<Object>) list).addAll(elements);
    }

    @SuppressWarnings("unchecked")
    private void setItems(List<Object> items) {
        if (!(peek() instanceof LinkedHashMap<?, ?> map) || items.size() % 2 != 0) {
            throw malformed("it sets items of " + kind(peek()));
        }
        for (int i = 0; i < items.size(); i += 2) {
            // other keys could hold themselves, so that hashing them would not end
            if (!(items.get(i) instanceof String || items.get(i) instanceof Long)) {
                throw malformed("a dictionary has " + kind(items.get(i)) + " as a key");
            }
            ((LinkedHashMap<Object, Object>) map).put(items.get(i), items.get(i + 1));
        }
    }

    private void recall(int index) {
        stack.add(Optional.ofNullable(memo.get(index)).orElseThrow(() -> malformed("nothing is remembered as number "
                + index)));
    }

    private void name(String module, String name) {
        String full = module + "." + name;
        boolean storage = module.equals("torch") && STORAGES.containsKey(name);
        if (!storage && !NAMES.contains(full)) {
            throw malformed("it asks for " + shortened(full) + "; only tensors are read, nothing in a file is called");
        }
        stack.add(new Name(full));
    }

    private Storage storage(Object id) {
        if (id instanceof Tuple(List<Object> elements) && elements.size() == 5
                && elements.get(0).equals("storage") && elements.get(1) instanceof Name(String name)
                && name.startsWith("torch.") && elements.get(2) instanceof String key
                && elements.get(4) instanceof Long count && count >= 0) {
            String dtype = STORAGES.get(name.substring("torch.".length()));
            if (dtype != null) {
                return new Storage(dtype, key, count);
            }
        }
        throw malformed("it refers to something that is no storage of a tensor");
    }

    private Object build(Object callable, Object arguments) {
        if (!(callable instanceof Name(String name)) || !(arguments instanceof Tuple(List<Object> given))) {
            throw malformed("it calls " + kind(callable) + "; only tensors are read, nothing in a file is called");
        }
        return switch (name) {
            case REBUILD_TENSOR -> tensor(given);
            case REBUILD_PARAMETER -> {
                if (given.isEmpty() || !(given.getFirst() instanceof Tensor tensor)) {
                    throw malformed("a parameter holds no tensor");
                }
                yield tensor;
            }
            case REBUILD_FROM_TYPE -> {
                if (given.size() < 3 || !(given.get(0) instanceof Name(String function))
                        || !function.equals(REBUILD_TENSOR) || !(given.get(2) instanceof Tuple(List<Object> inner))) {
                    throw malformed("a tensor is built in an unknown manner");
                }
                yield tensor(inner);
            }
            case ORDERED_DICT -> orderedDictionary(given);
            default -> throw malformed("it calls " + name + "; only tensors are read, nothing in a file is called");
        };
    }

    private Object orderedDictionary(List<Object> given) {
        LinkedHashMap<Object, Object> map = new LinkedHashMap<>();
        if (!given.isEmpty()) {
            throw malformed("an OrderedDict is built with arguments, which is not supported");
        }
        return map;
    }

    private Tensor tensor(List<Object> given) {
        if (given.size() >= 4 && given.get(0) instanceof Storage storage && given.get(1) instanceof Long offset
                && given.get(2) instanceof Tuple(List<Object> shape)
                && given.get(3) instanceof Tuple(List<Object> stride) && shape.size() == stride.size()
                && offset >= 0) {
            return new Tensor(storage.dtype, storage.key, storage.elements, offset, extents(shape), extents(stride));
        }
        throw malformed("a tensor is built of something else than storage, offset, shape and stride");
    }

    private List<Long> extents(List<Object> numbers) {
        List<Long> extents = new ArrayList<>(numbers.size());
        for (Object number : numbers) {
            if (!(number instanceof Long extent) || extent < 0) {
                throw malformed("shape and stride of a tensor must be whole numbers from 0 on");
            }
            extents.add(extent);
        }
        return List.copyOf(extents);
    }

    private Object peek() {
        if (stack.isEmpty()) {
            throw malformed("it takes more than it has made");
        }
        return stack.getLast();
    }

    private Object pop() {
        Object top = peek();
        stack.removeLast();
        return top;
    }

    private List<Object> popToMark() {
        int mark = stack.lastIndexOf(Marker.MARK);
        if (mark < 0) {
            throw malformed("a mark is missing");
        }
        List<Object> above = stack.subList(mark + 1, stack.size());
        List<Object> elements = new ArrayList<>(above);
        above.clear();
        stack.removeLast();
        return elements;
    }

    private String string(Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw malformed("a name is " + kind(value));
    }

    private int unsignedByte() {
        require(1);
        return pickle.get() & 0xff;
    }

    private int int32() {
        require(Integer.BYTES);
        return pickle.getInt();
    }

    private long int64() {
        require(Long.BYTES);
        return pickle.getLong();
    }

    private Long longNumber(int size) {
        if (size > Long.BYTES) {
            throw malformed("it has a number of " + size + " bytes, more than 8");
        }
        require(size);
        long value = 0;
        for (int i = 0; i < size; i++) {
            value |= (long) unsignedByte() << (8 * i);
        }
        int unused = Long.SIZE - 8 * size;
        return size == 0 ? 0L : (value << unused) >> unused;
    }

    private String text(int length) {
        require(length);
        byte[] utf8 = new byte[length];
        pickle.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private String line() {
        int start = pickle.position();
        while (unsignedByte() != '\n') {
            // the end of the pickle ends the search
        }
        return new String(pickle.array(), start, pickle.position() - 1 - start, StandardCharsets.UTF_8);
    }

    private void require(int count) {
        if (count < 0 || count > pickle.remaining()) {
            throw malformed("it ends early: " + Integer.toUnsignedString(count) + " bytes expected at "
                    + pickle.position() + ", " + pickle.remaining() + " are left");
        }
    }

    private static String kind(Object value) {
        return switch (value) {
            case Map<?, ?> _ -> "a dictionary";
            case List<?> _ -> "a list";
            case Tuple _ -> "a tuple";
            case Tensor _ -> "a tensor";
            case Storage _ -> "a storage";
            case Name(String name) -> name;
            case String text -> "the text \"" + shortened(text) + "\"";
            case Number number -> "the number " + number;
            default -> "something else";
        };
    }

    private static String shortened(String text) {
        return text.length() > 80 ? text.substring(0, 80) + "…" : text;
    }

    private MalformedFileException malformed(String problem) {
        return new MalformedFileException(file, "the pickle cannot be read: " + problem);
    }
}
