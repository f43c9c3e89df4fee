# win_ping: answers, or fails as asked.

function Invoke-Module($Arguments) {
    if ($Arguments.data -eq 'crash') {
        Stop-Module 'boom'
    }
    return @{ changed = $false; ping = $Arguments.data }
}
