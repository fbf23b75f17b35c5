// Checklog checks a log that Adyton published, and shares no code with it: signed notes and the
// tree come from golang.org/x/mod/sumdb, the rest stands here.
//
//	checklog [-kept FILE]... [-sample N] log VKEYS FOLDER
//	checklog proof VKEYS FILE
//	checklog notes|checkpoints|proofs VKEYS FOLDER
//	checklog ed25519 FILE
//
// VKEYS is a file of verifier keys; the first is the log's. Keys and signature lines of types that
// x/mod does not know (cosignatures) are ignored, as the specification of signed notes demands.
//
// Exit: 0 all holds, 1 something does not (each on a line of its own), 2 it could not be asked.
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	proofStart = "c2sp.org/tlog-proof@v1"
)

func main() {
	var kept []string
	flag.Func("kept", "a checkpoint kept from before, which the log must continue", func(path string) error {
		kept = append(kept, path)
		return nil
	})
	sample := flag.Int64("sample", 1000, "how many entries' inclusion is proved from the tiles")
	flag.Parse()
	args := flag.Args()
	switch {
	case len(args) == 3 && args[0] == "log":
		report(checkLog(readKeys(args[1]), args[2], kept, *sample))
	case len(args) == 3 && args[0] == "proof":
		report(checkProof(readKeys(args[1]), args[2]))
	case len(args) == 3 && judges[args[0]] != nil:
		judgeFiles(judges[args[0]], readKeys(args[1]), args[2])
	case len(args) == 2 && args[0] == "ed25519":
		judgeSignatures(args[1])
	default:
		giveUp(errors.New("usage: checklog [-kept FILE]... [-sample N] log|proof|notes|checkpoints|proofs VKEYS PATH"))
	}
}

func giveUp(err error) {
	fmt.Fprintln(os.Stderr, "checklog:", err)
	os.Exit(2)
}

// report prints problems, or what held, and ends the program.
func report(held string, problems []string) {
	for _, one := range problems {
		fmt.Println(one)
	}
	if len(problems) > 0 {
		os.Exit(1)
	}
	fmt.Println(held + ": all hold")
}

// readKeys gives the verifiers in a file, the log's first.
func readKeys(path string) []note.Verifier {
	data, err := os.ReadFile(path)
	if err != nil {
		giveUp(err)
	}
	var keys []note.Verifier
	for at, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		key, err := note.NewVerifier(line)
		if err != nil && at == 0 {
			giveUp(fmt.Errorf("%s: the log's key: %w", path, err))
		}
		if err == nil {
			keys = append(keys, key)
		}
	}
	return keys
}

// A checkpoint is what the log signed: a tree of n entries, and its root.
type checkpoint struct {
	size int64
	root tlog.Hash
}

func openCheckpoint(data []byte, keys []note.Verifier) (checkpoint, error) {
	log := keys[0]
	opened, err := note.Open(data, note.VerifierList(keys...))
	if err != nil {
		return checkpoint{}, err
	}
	signed := false
	for _, one := range opened.Sigs {
		signed = signed || one.Name == log.Name() && one.Hash == log.KeyHash()
	}
	if !signed {
		return checkpoint{}, errors.New("is not signed by its log")
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[len(lines)-1] != "" {
		return checkpoint{}, errors.New("does not have its three lines")
	}
	if lines[0] != log.Name() {
		return checkpoint{}, errors.New("is of another log: " + lines[0])
	}
	size, err := plainNumber(lines[1])
	if err != nil {
		return checkpoint{}, err
	}
	root, err := plainHash(lines[2])
	if err != nil {
		return checkpoint{}, err
	}
	for _, line := range lines[3 : len(lines)-1] {
		if line == "" {
			return checkpoint{}, errors.New("has an empty line")
		}
	}
	return checkpoint{size: size, root: root}, nil
}

func plainNumber(text string) (int64, error) {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil || value < 0 || strconv.FormatInt(value, 10) != text {
		return 0, errors.New("not a plain number: " + strconv.Quote(text))
	}
	return value, nil
}

func plainHash(text string) (tlog.Hash, error) {
	var hash tlog.Hash
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(data) != tlog.HashSize {
		return hash, errors.New("not a hash: " + strconv.Quote(text))
	}
	copy(hash[:], data)
	return hash, nil
}

// Tiles reads the files of a log. They are named by tlog-tiles, which leaves out the height.
type tiles struct {
	folder string
	known  map[string][]byte
}

func filePath(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), "tile/"+strconv.Itoa(tileHeight)+"/")
	return "tile/" + strings.Replace(path, "data/", "entries/", 1)
}

func (t tiles) read(tile tlog.Tile) ([]byte, error) {
	return os.ReadFile(filepath.Join(t.folder, filepath.FromSlash(filePath(tile))))
}

func (t tiles) Height() int { return tileHeight }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		path := filePath(tile)
		if t.known[path] == nil {
			data, err := t.read(tile)
			if err != nil {
				return nil, err
			}
			t.known[path] = data
		}
		all = append(all, t.known[path])
	}
	return all, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// A tree is every stored hash over the leaves so far; a reader for tlog.
type tree struct {
	size   int64
	hashes []tlog.Hash
}

func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for at, index := range indexes {
		if index >= int64(len(t.hashes)) {
			return nil, errors.New("a hash beyond the tree")
		}
		found[at] = t.hashes[index]
	}
	return found, nil
}

func (t *tree) add(leaf tlog.Hash) {
	more, err := tlog.StoredHashesForRecordHash(t.size, leaf, t)
	if err != nil {
		giveUp(err)
	}
	t.hashes = append(t.hashes, more...)
	t.size++
}

func (t *tree) root() tlog.Hash {
	root, err := tlog.TreeHash(t.size, t)
	if err != nil {
		giveUp(err)
	}
	return root
}

// A quarrel is an entry whose bytes do not have the hash that its tile holds.
type quarrel struct {
	index int64
	tile  string
}

// A walk is what is known after every entry and every leaf hash was read.
type walk struct {
	entries, leaves tree // out of the entries' bytes; out of the tiles
	quarrels        []quarrel
	problems        []string
}

func (w *walk) note(where, what string) {
	w.problems = append(w.problems, where+": "+what)
}

// checkLog checks everything below a folder, and that it continues the checkpoints kept.
func checkLog(keys []note.Verifier, folder string, kept []string, sample int64) (string, []string) {
	data, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		giveUp(err)
	}
	now, err := openCheckpoint(data, keys)
	if err != nil {
		return "", []string{"checkpoint: " + err.Error()}
	}
	files := tiles{folder: folder, known: map[string][]byte{}}
	w := readAll(files, now.size)
	if w.entries.size == now.size {
		judge(w, now)
		compareUpper(w, files, now.size)
	}
	if len(w.problems) == 0 {
		proveInclusion(w, files, now, sample)
	}
	for _, path := range kept {
		if err := continues(path, keys, files, now); err != nil {
			w.note(path, err.Error())
		}
	}
	return fmt.Sprintf("%d entries", now.size), w.problems
}

// readAll walks over the entries and the tiles of their hashes; it stops where both are missing.
func readAll(files tiles, size int64) *walk {
	w := &walk{}
	for first := int64(0); first < size; first += tileWidth {
		tile := tlog.Tile{H: tileHeight, L: 0, N: first / tileWidth, W: int(min(tileWidth, size-first))}
		entries := readEntries(w, files, tile)
		hashes := readHashes(w, files, tile)
		for at := 0; at < tile.W; at++ {
			switch {
			case at < len(entries) && hashes != nil:
				w.entries.add(entries[at])
				w.leaves.add(hashes[at])
				if entries[at] != hashes[at] {
					w.quarrels = append(w.quarrels, quarrel{first + int64(at), filePath(tile)})
				}
			case at < len(entries):
				w.entries.add(entries[at])
				w.leaves.add(entries[at])
			case hashes != nil:
				w.entries.add(hashes[at])
				w.leaves.add(hashes[at])
			default:
				w.note(fmt.Sprintf("entry %d", first+int64(at)), "is nowhere; what follows was not checked")
				return w
			}
		}
	}
	return w
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

// readEntries gives the leaf hashes of a bundle's entries, as far as it can be read.
func readEntries(w *walk, files tiles, tile tlog.Tile) []tlog.Hash {
	tile.L = -1
	data, err := files.read(tile)
	if err != nil {
		w.note(filePath(tile), "is missing")
		return nil
	}
	var found []tlog.Hash
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+int(data[0])<<8+int(data[1]) {
			index := tile.N*tileWidth + int64(len(found))
			w.note(filePath(tile), fmt.Sprintf("ends inside entry %d", index))
			return found
		}
		end := 2 + int(data[0])<<8 + int(data[1])
		found = append(found, tlog.RecordHash(data[2:end]))
		data = data[end:]
	}
	if len(found) != tile.W {
		w.note(filePath(tile), fmt.Sprintf("holds %d entries instead of %d", len(found), tile.W))
	}
	return found
}

func readHashes(w *walk, files tiles, tile tlog.Tile) []tlog.Hash {
	data, err := files.read(tile)
	if err != nil {
		w.note(filePath(tile), "is missing")
		return nil
	}
	if len(data) != tile.W*tlog.HashSize {
		w.note(filePath(tile), fmt.Sprintf("does not hold %d hashes", tile.W))
		return nil
	}
	found := make([]tlog.Hash, tile.W)
	for at := range found {
		copy(found[at][:], data[at*tlog.HashSize:])
	}
	return found
}

// judge says who is right where an entry and its tile disagree: whom the signed root confirms.
func judge(w *walk, now checkpoint) {
	entries, leaves := w.entries.root(), w.leaves.root()
	for _, one := range w.quarrels {
		where := fmt.Sprintf("entry %d", one.index)
		switch now.root {
		case leaves:
			w.note(where, "tampered: its bytes are not those that the checkpoint covers")
		case entries:
			w.note(one.tile, fmt.Sprintf("tampered: the checkpoint covers entry %d as it is, not this hash", one.index))
		default:
			w.note(where, "tampered: it disagrees with "+one.tile+", and the checkpoint with both")
		}
	}
	if entries != now.root && len(w.quarrels) == 0 {
		w.note("checkpoint", "its root is not that of the entries")
	}
}

// compareUpper computes every tile above the leaves again, from what the tiles of leaves hold.
func compareUpper(w *walk, files tiles, size int64) {
	for level := 1; size>>uint(tileHeight*level) > 0; level++ {
		count := size >> uint(tileHeight*level)
		for first := int64(0); first < count; first += tileWidth {
			compareTile(w, files, tlog.Tile{
				H: tileHeight, L: level, N: first / tileWidth, W: int(min(tileWidth, count-first)),
			})
		}
	}
}

func compareTile(w *walk, files tiles, tile tlog.Tile) {
	wanted, err := tlog.ReadTileData(tile, &w.leaves)
	if err != nil {
		giveUp(err)
	}
	data, err := files.read(tile)
	if err != nil {
		w.note(filePath(tile), "is missing")
	} else if string(data) != string(wanted) {
		w.note(filePath(tile), "is not what the tiles below it give")
	}
}

// proveInclusion proves entries, evenly spread, from the tiles as a client would.
func proveInclusion(w *walk, files tiles, now checkpoint, sample int64) {
	reader := tlog.TileHashReader(tlog.Tree{N: now.size, Hash: now.root}, files)
	step := now.size/(sample+1) + 1
	for index := int64(0); index < now.size; index += step {
		leaf := w.entries.hashes[tlog.StoredHashIndex(0, index)]
		proof, err := tlog.ProveRecord(now.size, index, reader)
		if err == nil {
			err = tlog.CheckRecord(proof, now.size, now.root, index, leaf)
		}
		if err != nil {
			w.note(fmt.Sprintf("entry %d", index), "its inclusion cannot be proved: "+err.Error())
			return
		}
	}
}

// continues proves from the tiles that the log continues a checkpoint kept from before.
func continues(path string, keys []note.Verifier, files tiles, now checkpoint) error {
	data, err := os.ReadFile(path)
	if err != nil {
		giveUp(err)
	}
	old, err := openCheckpoint(data, keys)
	if err != nil || old.size == 0 {
		return err
	}
	if old.size > now.size {
		return errors.New("knows more entries: the log was cut or rolled back")
	}
	reader := tlog.TileHashReader(tlog.Tree{N: now.size, Hash: now.root}, files)
	proof, err := tlog.ProveTree(now.size, old.size, reader)
	if err != nil {
		return fmt.Errorf("no proof that the log continues it: %w", err)
	}
	if tlog.CheckTree(proof, now.size, now.root, old.size, old.root) != nil {
		return errors.New("knows other entries: the log was rewritten")
	}
	return nil
}

// checkProof checks a receipt (tlog-proof) whose extra line holds the entry's bytes.
func checkProof(keys []note.Verifier, path string) (string, []string) {
	data, err := os.ReadFile(path)
	if err != nil {
		giveUp(err)
	}
	held, err := openProof(data, keys)
	if err != nil {
		return "", []string{err.Error()}
	}
	return held, nil
}

func openProof(data []byte, keys []note.Verifier) (string, error) {
	head, signed, found := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 3 || lines[0] != proofStart ||
		!strings.HasPrefix(lines[1], "extra ") || !strings.HasPrefix(lines[2], "index ") {
		return "", errors.New("is not a proof with its entry")
	}
	entry, err := base64.StdEncoding.Strict().DecodeString(lines[1][len("extra "):])
	if err != nil {
		return "", err
	}
	index, err := plainNumber(lines[2][len("index "):])
	if err != nil {
		return "", err
	}
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := plainHash(line)
		if err != nil {
			return "", err
		}
		proof = append(proof, hash)
	}
	at, err := openCheckpoint([]byte(signed), keys)
	if err == nil && index >= at.size {
		err = errors.New("lies beyond the tree")
	}
	if err == nil {
		err = tlog.CheckRecord(proof, at.size, at.root, index, tlog.RecordHash(entry))
	}
	if err != nil {
		return "", fmt.Errorf("entry %d: %w", index, err)
	}
	return fmt.Sprintf("entry %d of %d", index, at.size), nil
}

// judges say whether a file holds: as a signed note, a checkpoint of the log, a receipt from it.
var judges = map[string]func([]byte, []note.Verifier) error{
	"notes": func(data []byte, keys []note.Verifier) error {
		_, err := note.Open(data, note.VerifierList(keys...))
		return err
	},
	"checkpoints": func(data []byte, keys []note.Verifier) error {
		_, err := openCheckpoint(data, keys)
		return err
	},
	"proofs": func(data []byte, keys []note.Verifier) error {
		_, err := openProof(data, keys)
		return err
	},
}

// judgeFiles prints a verdict on each file below a folder.
func judgeFiles(judge func([]byte, []note.Verifier) error, keys []note.Verifier, folder string) {
	err := filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		word := "accepted"
		if judge(data, keys) != nil {
			word = "refused"
		}
		name, err := filepath.Rel(folder, path)
		fmt.Println(word, filepath.ToSlash(name))
		return err
	})
	if err != nil {
		giveUp(err)
	}
}

// judgeSignatures says of each case of a file of Ed25519 vectors whether Go accepts it.
func judgeSignatures(path string) {
	var cases []struct {
		Number        int
		Key, Sig, Msg string
	}
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &cases)
	}
	if err != nil {
		giveUp(err)
	}
	for _, one := range cases {
		key, err1 := hex.DecodeString(one.Key)
		sig, err2 := hex.DecodeString(one.Sig)
		if err1 != nil || err2 != nil || len(key) != ed25519.PublicKeySize {
			giveUp(fmt.Errorf("case %d is not in hexadecimal", one.Number))
		}
		word := "refused"
		if ed25519.Verify(key, []byte(one.Msg), sig) {
			word = "accepted"
		}
		fmt.Println(word, one.Number)
	}
}
