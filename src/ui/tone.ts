// The two sounds of the counter, made on the spot: no file to load, nothing to decode.

let context: AudioContext | null = null

/** Frequency in hertz, beginning and length in seconds. */
type Note = readonly [hertz: number, begin: number, length: number]

const NEW_ORDER: readonly Note[] = [[659.25, 0, 0.16], [880, 0.13, 0.42]]
const ALARM: readonly Note[] = [[523.25, 0, 0.2], [392, 0.24, 0.2], [523.25, 0.48, 0.2], [392, 0.72, 0.34]]

/** A new order: two soft notes upwards. Something needs a person: four notes that are not mistaken for them. */
export function play(sound: 'new_order' | 'alarm'): void {
  context ??= new AudioContext()
  void context.resume()
  const start = context.currentTime + 0.02
  for (const [hertz, begin, length] of sound === 'alarm' ? ALARM : NEW_ORDER) playNote(context, hertz, start + begin, length)
}

function playNote(audio: AudioContext, hertz: number, at: number, length: number): void {
  const loudness = audio.createGain()
  loudness.gain.setValueAtTime(0, at)
  loudness.gain.linearRampToValueAtTime(0.22, at + 0.012)
  loudness.gain.exponentialRampToValueAtTime(0.0001, at + length)
  loudness.connect(audio.destination)
  // A quiet octave above gives it the colour of a bell.
  for (const [times, share] of [[1, 1], [2, 0.18]] as const) {
    const voice = audio.createOscillator()
    const part = audio.createGain()
    part.gain.value = share
    voice.type = 'sine'
    voice.frequency.value = hertz * times
    voice.connect(part).connect(loudness)
    voice.start(at)
    voice.stop(at + length)
  }
}
